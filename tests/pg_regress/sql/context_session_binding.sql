-- tenancy.binding = 'session', the opt-out for batch roles: what works under it, and that only a superuser can give it.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE ROLE regress_world_batch LOGIN IN ROLE tenancy_app;
ALTER ROLE regress_world_batch SET tenancy.binding = 'session';
GRANT SELECT ON world.note TO regress_world_batch;

-- An application can't take it.
\c - regress_world_app
SHOW tenancy.binding;
SET tenancy.binding = 'session';
SELECT set_config('tenancy.binding', 'session', true);
ALTER ROLE regress_world_app SET tenancy.binding = 'session';
CREATE FUNCTION pg_temp.f() RETURNS void LANGUAGE sql SET tenancy.binding = 'session' AS '';
\! PGOPTIONS="-c tenancy.binding=session" $APP -c "SELECT 1" 2>&1 | sed 's/.*FATAL/FATAL/'
SET SESSION AUTHORIZATION regress_world_batch;

-- With it a context outlives its transaction, by key and by token, until unbind.
\c - regress_world_batch
SHOW tenancy.binding;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT count(*) FROM world.note;
BEGIN;
SELECT count(*) FROM world.note;
-- Still one tenant a transaction.
SELECT world.attempt(format('SELECT tenancy.bind(%L)', :'globex_key'));
SELECT count(*) FROM world.note;
COMMIT;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT body FROM world.note ORDER BY id;
SELECT tenancy.unbind();
SELECT count(*) FROM world.note;
SET tenancy.session = :'token_acme';
SELECT count(*) FROM world.note;
BEGIN;
SET LOCAL tenancy.session = '';
SELECT world.attempt('SELECT count(*) FROM world.note');
COMMIT;
SELECT count(*) FROM world.note;
RESET tenancy.session;
SELECT world.attempt('SELECT count(*) FROM world.note');
-- Rolled back, or local, it does not outlive.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
ROLLBACK;
SELECT world.attempt('SELECT count(*) FROM world.note');
BEGIN;
SET LOCAL tenancy.session = :'token_acme';
SELECT count(*) FROM world.note;
COMMIT;
SELECT world.attempt('SELECT count(*) FROM world.note');
-- Revocation and DISCARD bite as ever, and confinement holds while bound.
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
DECLARE c CURSOR WITH HOLD FOR SELECT * FROM world.note;
\! $ADMIN -c "SELECT tenancy.suspend_tenant('acme')"
SELECT count(*) FROM world.note;
\! $ADMIN -c "SELECT tenancy.resume_tenant('acme')"
SELECT count(*) FROM world.note;
\! $ADMIN -c "SELECT tenancy.revoke_key('$ACME_ID')"
SELECT count(*) FROM world.note;
-- Revoked, it can be taken back, or replaced.
SELECT tenancy.bind(:'token_acme') = :'acme' AS bound_otherwise;
SELECT count(*) FROM world.note;
\! $ADMIN -c "SELECT tenancy.suspend_tenant('acme')"
SELECT count(*) FROM world.note;
SELECT tenancy.unbind();
SELECT count(*) FROM world.note;
\! $ADMIN -c "SELECT tenancy.resume_tenant('acme')"
DISCARD ALL;
SELECT count(*) FROM world.note;
SET tenancy.session = :'token_acme';
SELECT count(*) FROM world.note;
-- Workers have it as the leader does.
SELECT set_config(name, 'on', false) IS NOT NULL AS forced FROM pg_settings WHERE name IN ('debug_parallel_query', 'force_parallel_mode');
SELECT count(*) FROM world.note;
-- When the opt-out is taken away, the next session has none.
\! $ADMIN -c "ALTER ROLE regress_world_batch RESET tenancy.binding"
\c - regress_world_batch
SELECT tenancy.bind(:'token_acme') = :'acme' AS bound;
SELECT world.attempt('SELECT count(*) FROM world.note');
\i :suites/../fixtures/clear.sql
