-- A cursor that has sorted another tenant's granted rows gives none of them once the grant is taken back or has expired.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
SELECT tenancy.grant_read('globex', 'acme', 'world.note') AS grant_id \gset
\setenv GRANT_ID :grant_id
\c - regress_world_app
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
DECLARE sorted CURSOR FOR SELECT body FROM note ORDER BY body || '';
FETCH 1 FROM sorted;
\! $ADMIN -c "SELECT tenancy.revoke_read('$GRANT_ID')"
FETCH ALL FROM sorted;
SELECT body FROM note ORDER BY body;
COMMIT;
\c - :SUPERUSER
SELECT tenancy.grant_read('globex', 'acme', 'world.note', expires_at => clock_timestamp() + interval '2 s') IS NOT NULL AS granted;
\c - regress_world_app
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
DECLARE sorted CURSOR FOR SELECT body FROM note ORDER BY body || '';
FETCH 1 FROM sorted;
SELECT pg_sleep(2);
FETCH ALL FROM sorted;
SELECT body FROM note ORDER BY body;
COMMIT;
-- A grant of somebody else's changes nothing.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
DECLARE sorted CURSOR FOR SELECT body FROM note ORDER BY body || '';
FETCH 1 FROM sorted;
\! $ADMIN -c "SELECT tenancy.grant_read('acme', 'globex', 'world.note') IS NOT NULL"
FETCH ALL FROM sorted;
COMMIT;
-- A statement that begins after the end of a grant runs.
\c - :SUPERUSER
SELECT tenancy.grant_read('globex', 'acme', 'world.note') AS grant_id \gset
\setenv GRANT_ID :grant_id
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT count(*) FROM note;
\! $ADMIN -c "SELECT tenancy.revoke_read('$GRANT_ID')"
INSERT INTO note (id, body) VALUES (9, 'new') RETURNING body;
SELECT count(*) FROM note;
ROLLBACK;
\i :suites/../fixtures/clear.sql
