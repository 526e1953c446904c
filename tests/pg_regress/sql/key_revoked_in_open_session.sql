-- Attack 36: a key that is revoked, or whose row goes, while a transaction of it is open. The next statement fails at every
-- isolation level, in a loop, in a function and from a cursor; and no later bind revives it.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
SELECT key_id AS k1, secret AS s1 FROM tenancy.create_key('acme', 'k1') \gset
SELECT key_id AS k2, secret AS s2 FROM tenancy.create_key('acme', 'k2') \gset
SELECT key_id AS k3, secret AS s3 FROM tenancy.create_key('acme', 'k3') \gset
SELECT key_id AS k4, secret AS s4 FROM tenancy.create_key('acme', 'k4') \gset
SELECT key_id AS k5, secret AS s5 FROM tenancy.create_key('acme', 'k5') \gset
SELECT key_id AS k6, secret AS s6 FROM tenancy.create_key('acme', 'k6') \gset
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'s1') = :'acme' AS bound;
SELECT count(*) FROM note;
\setenv KEY :k1
\! $ADMIN -c "SELECT tenancy.revoke_key('$KEY')"
SELECT count(*) FROM note;
ROLLBACK;
SELECT tenancy.bind(:'s1');

-- With a snapshot older than the revocation.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT tenancy.bind(:'s2') = :'acme' AS bound;
SELECT count(*) FROM note;
SAVEPOINT here;
\setenv KEY :k2
\! $ADMIN -c "SELECT tenancy.revoke_key('$KEY')"
INSERT INTO note (id, body) VALUES (70, 'too late');
ROLLBACK TO here;
SELECT tenancy.bind(:'s2');
ROLLBACK TO here;
SELECT tenancy.current_tenant();
ROLLBACK;

BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT tenancy.bind(:'s3') = :'acme' AS bound;
DECLARE c CURSOR FOR SELECT body FROM note ORDER BY id;
DECLARE by_index CURSOR FOR SELECT body FROM note WHERE id > 0;
FETCH 1 FROM c;
FETCH 1 FROM by_index;
SAVEPOINT here;
\setenv KEY :k3
\! $ADMIN -c "SELECT tenancy.revoke_key('$KEY')"
FETCH 1 FROM c;
ROLLBACK TO here;
FETCH 1 FROM by_index;
ROLLBACK;

-- Inside one long statement: a loop sees it at its next query.
\setenv KEY :k4
\! (sleep 0.5; $ADMIN -c "SELECT tenancy.revoke_key('$KEY')" >/dev/null) &
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT tenancy.bind(:'s4') = :'acme' AS bound;
DO $$
DECLARE
    answer text;
    until timestamptz := clock_timestamp() + interval '20 seconds';
    before boolean := world.attempt('SELECT count(*) FROM world.note') = '3';
BEGIN
    LOOP
        answer := world.attempt('SELECT count(*) FROM world.note');
        EXIT WHEN answer <> '3' OR clock_timestamp() > until;
    END LOOP;
    RAISE INFO 'before: %, then: %', before, answer;
END $$;
ROLLBACK;

-- Revoked but not committed, it still works for others; rolled back, it was never revoked.
\c - :SUPERUSER
BEGIN;
SELECT tenancy.revoke_key(:'k5');
\setenv KEY :s5
\! $APP -c "BEGIN" -c "SELECT tenancy.bind('$KEY') IS NOT NULL" -c "SELECT count(*) FROM note" -c "COMMIT"
ROLLBACK;
\! $APP -c "BEGIN" -c "SELECT tenancy.bind('$KEY') IS NOT NULL" -c "SELECT count(*) FROM note" -c "COMMIT"
BEGIN;
SAVEPOINT here;
SELECT tenancy.revoke_key(:'k5');
ROLLBACK TO here;
COMMIT;
\! $APP -c "BEGIN" -c "SELECT tenancy.bind('$KEY') IS NOT NULL" -c "SELECT count(*) FROM note" -c "COMMIT"
SELECT tenancy.revoke_key(:'k5');
SELECT tenancy.revoke_key(:'k5') AS again;
\! $APP -c "SELECT tenancy.bind('$KEY')" 2>&1

-- Its row deleted, or its tenant.
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'s6') = :'acme' AS bound;
\setenv KEY :k6
\! $ADMIN -c "DELETE FROM tenancy.api_key WHERE key_id = '$KEY'"
SELECT count(*) FROM note;
ROLLBACK;
SELECT tenancy.bind(:'s6');
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
\! $ADMIN -c "DELETE FROM tenancy.tenant WHERE slug = 'globex'"
SELECT count(*) FROM note;
ROLLBACK;
BEGIN;
SET LOCAL tenancy.session = :'token_globex';
SELECT count(*) FROM note;
ROLLBACK;
-- session_replication_role, which switches triggers off, doesn't switch this off.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT count(*) FROM note;
\! $ADMIN -c "SET session_replication_role = replica" -c "UPDATE tenancy.api_key SET revoked_at = now() WHERE key_id = '$ACME_ID'"
SELECT count(*) FROM note;
ROLLBACK;
\i :suites/../fixtures/clear.sql
