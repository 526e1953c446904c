-- A grant ends at once, in open transactions too, when it is revoked or expires; while its owner is suspended it grants
-- nothing; with its table's protection it is gone for good. What was granted stays on record.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.doc (tenant_id uuid NOT NULL, scope tenancy.scope NOT NULL, id int, PRIMARY KEY (tenant_id, id));
INSERT INTO world.doc VALUES (:'acme', '{"team": "x"}', 1), (:'acme', '{"team": "y"}', 2), (:'globex', '{}', 3);
ALTER TABLE world.doc OWNER TO regress_world_owner;
SELECT tenancy.protect('world.doc', scope_column => 'scope');
GRANT SELECT ON world.doc TO regress_world_app;
SELECT tenancy.grant_read('acme', 'globex', 'world.note') AS id \gset
\setenv GRANT :id
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT count(*) FROM note;
DECLARE c CURSOR FOR SELECT body FROM note ORDER BY tenant_id, id;
FETCH 1 FROM c;
-- A change that concerns others ends no cursor; the end of the grant ends it, as it may hold rows.
\! $ADMIN -c "SELECT tenancy.revoke_key('$ACME_ID')"
FETCH 1 FROM c;
\! $ADMIN -c "SELECT tenancy.revoke_read('$GRANT')"
SELECT count(*) FROM note;
SAVEPOINT here;
FETCH ALL FROM c;
ROLLBACK TO here;
SELECT tenancy.context() -> 'read_grants' AS read_grants;
-- A new one counts at once as well.
\! $ADMIN -c "SELECT tenancy.grant_read('acme', 'globex', 'world.note') IS NOT NULL"
SELECT count(*) FROM note;
COMMIT;
\! $ADMIN -c "SELECT tenancy.revoke_read(grant_id) FROM tenancy.read_grant WHERE revoked_at IS NULL"
-- With a snapshot older than the revocation, and by a change of the row itself.
\! $ADMIN -c "SELECT tenancy.grant_read('acme', 'globex', 'world.note') IS NOT NULL"
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT count(*) FROM note;
\! $ADMIN -c "UPDATE tenancy.read_grant SET revoked_at = now() WHERE revoked_at IS NULL"
SELECT count(*) FROM note;
COMMIT;
-- Not committed, nothing is granted or revoked.
\c - :SUPERUSER
BEGIN;
SELECT tenancy.grant_read('acme', 'globex', 'world.note') IS NOT NULL AS granted;
\! $APP -c "BEGIN" -c "SELECT tenancy.bind('$GLOBEX_KEY') IS NOT NULL" -c "SELECT count(*) FROM note" -c "COMMIT"
ROLLBACK;
\! $APP -c "BEGIN" -c "SELECT tenancy.bind('$GLOBEX_KEY') IS NOT NULL" -c "SELECT count(*) FROM note" -c "COMMIT"
-- Expired.
SELECT tenancy.grant_read('acme', 'globex', 'world.doc', '{"team": "x"}', clock_timestamp() + interval '2 seconds') AS id, clock_timestamp() + interval '2 seconds' AS soon \gset
SELECT tenancy.grant_read('acme', 'globex', 'world.doc', '{"team": "y"}', '2999-01-01') IS NOT NULL AS granted;
\c - regress_world_app
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT id FROM doc ORDER BY id;
SELECT count(pg_sleep(greatest(0, extract(epoch FROM :'soon'::timestamptz - clock_timestamp()) + 0.1)));
SELECT id FROM doc ORDER BY id;
SELECT jsonb_array_length(tenancy.context() -> 'read_grants') AS read_grants;
COMMIT;
-- Its owner suspended.
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
\! $ADMIN -c "SELECT tenancy.suspend_tenant('acme')"
SELECT id FROM doc ORDER BY id;
SELECT tenancy.context() -> 'read_grants' AS read_grants;
\! $ADMIN -c "SELECT tenancy.resume_tenant('acme')"
SELECT id FROM doc ORDER BY id;
COMMIT;
-- Unprotected and protected anew, dropped and made anew.
\c - :SUPERUSER
SELECT tenancy.unprotect('world.doc');
SELECT count(*) AS left_over FROM tenancy.read_grant_list WHERE relation_name = 'world.doc' AND status = 'active';
SELECT tenancy.protect('world.doc', scope_column => 'scope');
\! $APP -c "BEGIN" -c "SELECT tenancy.bind('$GLOBEX_KEY') IS NOT NULL" -c "SELECT id FROM doc ORDER BY id" -c "COMMIT"
SELECT tenancy.grant_read('acme', 'globex', 'world.doc') IS NOT NULL AS granted;
\! $APP -c "BEGIN" -c "SELECT tenancy.bind('$GLOBEX_KEY') IS NOT NULL" -c "SELECT id FROM doc ORDER BY id" -c "COMMIT"
DROP TABLE world.doc;
SELECT l.relation_name, l.scope, status, relation IS NULL AS gone, l.revoked_by = session_user AS by_me FROM tenancy.read_grant_list l JOIN tenancy.read_grant USING (grant_id) ORDER BY l.granted_at;
SELECT tenancy.revoke_read(:'id') AS again;
-- Its owner deleted, and a new tenant of the same id that granted nothing.
SELECT tenancy.grant_read('acme', 'globex', 'world.note') IS NOT NULL AS granted;
DELETE FROM tenancy.tenant WHERE slug = 'acme';
\! $APP -c "BEGIN" -c "SELECT tenancy.bind('$GLOBEX_KEY') IS NOT NULL" -c "SELECT count(*) FROM note" -c "SELECT tenancy.context() -> 'read_grants'" -c "COMMIT"
SELECT tenancy.create_tenant('acme', 'Acme', :'acme', 900001) = :'acme' AS same;
\! $APP -c "BEGIN" -c "SELECT tenancy.bind('$GLOBEX_KEY') IS NOT NULL" -c "SELECT count(*) FROM note" -c "SELECT tenancy.context() -> 'read_grants'" -c "COMMIT"
SELECT count(*) FROM tenancy.read_grant WHERE revoked_at IS NULL;
DELETE FROM tenancy.read_grant;
\i :suites/../fixtures/clear.sql
