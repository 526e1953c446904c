-- Attacks 22 and 23: a context planted from outside the session, by connection options, ALTER ROLE, ALTER DATABASE,
-- ALTER SYSTEM, a function's SET clause or a name the library doesn't know yet. None may become a tenant.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql

-- A role may change its own defaults; the value is never taken over.
\c - regress_world_app
ALTER ROLE regress_world_app SET tenancy.session = :'token_acme';
ALTER ROLE regress_world_app SET tenancy.session = 'anything';
\c - :SUPERUSER
-- Even when it is in the catalogue: written there by force, it is refused as the session starts.
SET allow_system_table_mods = on;
DELETE FROM pg_db_role_setting WHERE setrole = 'regress_world_app'::regrole;
INSERT INTO pg_db_role_setting SELECT 0, 'regress_world_app'::regrole, ARRAY['tenancy.session=' || :'token_acme'];
\! $APP -c "SELECT world.attempt('SELECT tenancy.current_tenant()')" 2>&1
DELETE FROM pg_db_role_setting WHERE setrole = 'regress_world_app'::regrole;
ALTER ROLE regress_world_app SET search_path = world, public;
RESET allow_system_table_mods;
ALTER ROLE ALL SET tenancy.session = :'token_acme';
SELECT world.attempt(format('ALTER DATABASE %I SET tenancy.session = %L', current_database(), :'token_acme'));
SELECT world.attempt(format('ALTER ROLE regress_world_app IN DATABASE %I SET tenancy.session = %L', current_database(), :'token_acme'));
ALTER SYSTEM SET tenancy.session = 'anything';

-- From the connection's options, both forms.
\! PGOPTIONS="-c tenancy.session=$ACME_TOKEN" $APP -c "SELECT tenancy.current_tenant()" 2>&1 | sed 's/.*FATAL/FATAL/'
\! PGOPTIONS="--tenancy.session=$ACME_TOKEN" $APP -c "SELECT tenancy.current_tenant()" 2>&1 | sed 's/.*FATAL/FATAL/'
-- Settings that only a superuser may make.
\! PGOPTIONS="-c tenancy.binding=session" $APP -c "SHOW tenancy.binding" 2>&1 | sed 's/.*FATAL/FATAL/'
\! PGOPTIONS="-c tenancy.guard=off" $APP -c "SHOW tenancy.guard" 2>&1 | sed 's/.*FATAL/FATAL/'

-- No other name under the prefix can be made up, so none can lie in wait for a later version of the library.
\c - regress_world_app
SET tenancy.tenant = 'acme';
SELECT set_config('tenancy.tenant_id', 'acme', false);
\! PGOPTIONS="-c tenancy.tenant_id=acme" $APP -c "SELECT 1" 2>&1 | sed 's/.*FATAL/FATAL/'

-- A function's SET clause, or SET FROM CURRENT, would also leave a credential where anybody can read it.
\c - :SUPERUSER
GRANT CREATE ON SCHEMA world TO regress_world_plain, regress_world_app;
\c - regress_world_plain
SELECT format($$CREATE FUNCTION world.planted() RETURNS bigint LANGUAGE sql SET tenancy.session = %L AS 'SELECT count(*) FROM world.note'$$, :'token_globex') AS statement \gset
:statement;
BEGIN;
SET LOCAL tenancy.session = :'token_globex';
CREATE FUNCTION world.planted_seal() RETURNS bigint LANGUAGE sql SET tenancy.session FROM CURRENT AS 'SELECT count(*) FROM world.note';
ROLLBACK;
SET tenancy.session = :'token_globex';
CREATE FUNCTION world.planted_seal() RETURNS bigint LANGUAGE sql SET tenancy.session FROM CURRENT AS 'SELECT count(*) FROM world.note';
CREATE FUNCTION world.planted_later() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM world.note';
ALTER FUNCTION world.planted_later() SET tenancy.session = 'anything';
SELECT world.attempt(format('ALTER FUNCTION world.planted_later() SET tenancy.session = %L', :'token_acme'));
\c - regress_world_app
:statement;
SELECT proname, proconfig FROM pg_proc WHERE proname LIKE 'planted%' ORDER BY 1;
\i :suites/../fixtures/clear.sql
