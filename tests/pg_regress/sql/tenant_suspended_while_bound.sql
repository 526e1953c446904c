-- Attack 36: a tenant suspended while transactions of it are open, by key and by token: refused from the next statement, at
-- every isolation level, until it is resumed.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT count(*) FROM note;
SAVEPOINT here;
\! $ADMIN -c "SELECT tenancy.suspend_tenant('acme')"
SELECT count(*) FROM note;
ROLLBACK TO here;
INSERT INTO note (id, body) VALUES (60, 'too late');
ROLLBACK TO here;
SELECT tenancy.bind(:'acme_key');
ROLLBACK TO here;
\! $ADMIN -c "SELECT tenancy.suspend_tenant('acme')"
\! $ADMIN -c "SELECT tenancy.resume_tenant('acme')"
\! $ADMIN -c "SELECT tenancy.resume_tenant('acme')"
SELECT count(*) FROM note;
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SET LOCAL tenancy.session = :'token_acme';
SELECT count(*) FROM note;
SAVEPOINT here;
\setenv ACME :acme
\! $ADMIN -c "SELECT tenancy.suspend_tenant('$ACME')"
SELECT count(*) FROM note;
ROLLBACK TO here;
SELECT tenancy.context();
ROLLBACK TO here;
-- Another tenant is not concerned.
\! $APP -c "BEGIN" -c "SELECT tenancy.bind('$GLOBEX_KEY') IS NOT NULL" -c "SELECT count(*) FROM note" -c "COMMIT"
ROLLBACK;
SELECT tenancy.bind(:'token_acme');
SELECT tenancy.bind(:'acme_key');
\! $ADMIN -c "SELECT tenancy.resume_tenant('acme')"
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
-- In a loop.
\! (sleep 0.5; $ADMIN -c "SELECT tenancy.suspend_tenant('acme')" >/dev/null) &
BEGIN;
SELECT tenancy.bind(:'token_acme') = :'acme' AS bound;
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
-- By an administrator who is no superuser; and names that don't exist.
\c - regress_world_admin
SELECT tenancy.resume_tenant('acme'), tenancy.resume_tenant('acme') AS again, tenancy.suspend_tenant(:'acme'), tenancy.suspend_tenant('acme') AS again;
SELECT slug, status, suspended_at IS NOT NULL AS since FROM tenancy.tenant_list WHERE slug IN ('acme', 'globex', 'initech') ORDER BY 1;
SELECT tenancy.resume_tenant('acme');
SELECT tenancy.suspend_tenant('nobody');
SELECT tenancy.resume_tenant('00000000-0000-4000-8000-000000000000');
SELECT tenancy.suspend_tenant('');
SELECT tenancy.suspend_tenant(NULL);
SELECT tenancy.resume_tenant(NULL);
\i :suites/../fixtures/clear.sql
