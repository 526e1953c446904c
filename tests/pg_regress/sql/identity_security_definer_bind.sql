-- Attacks 5 and 6: bind inside a SECURITY DEFINER function. It refuses when the function's owner is exempt; an owner that
-- isn't exempt lends its rights to call bind and nothing more. And what an extension's function finds by name cannot be
-- shadowed.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE ROLE regress_world_definer NOLOGIN IN ROLE tenancy_app;
GRANT SELECT ON world.note TO regress_world_definer;
CREATE FUNCTION world.bind_as_superuser(credential text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
    $$ BEGIN RETURN world.attempt(format('SELECT tenancy.bind(%L)', credential)); END $$;
CREATE FUNCTION world.bind_as_definer(credential text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
    $$ BEGIN RETURN world.attempt(format('SELECT tenancy.bind(%L)', credential)); END $$;
ALTER FUNCTION world.bind_as_definer(text) OWNER TO regress_world_definer;
CREATE FUNCTION world.rows_as_definer() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
    $$ SELECT string_agg(body, ',' ORDER BY id) FROM world.note $$;
ALTER FUNCTION world.rows_as_definer() OWNER TO regress_world_definer;
CREATE FUNCTION world.session_as_superuser(value text) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
    $$ SELECT set_config('tenancy.session', value, true) $$;
CREATE ROLE regress_world_bypass NOLOGIN BYPASSRLS;
CREATE FUNCTION world.bind_as_bypass(credential text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
    $$ BEGIN RETURN world.attempt(format('SELECT tenancy.bind(%L)', credential)); END $$;
ALTER FUNCTION world.bind_as_bypass(text) OWNER TO regress_world_bypass;
GRANT tenancy_app TO regress_world_bypass;

\c - regress_world_app
SELECT world.bind_as_superuser(:'acme_key');
SELECT world.bind_as_bypass(:'acme_key');
BEGIN;
SELECT world.bind_as_definer(:'acme_key');
SELECT count(*) FROM note;
SELECT world.rows_as_definer();
SELECT world.bind_as_definer(:'globex_key');
COMMIT;
SELECT world.attempt('SELECT world.rows_as_definer()');
-- Nor is a setting made by a superuser's function.
BEGIN;
SELECT world.session_as_superuser(:'token_acme');
ROLLBACK;
SELECT world.attempt('SELECT count(*) FROM world.note');
-- Bound, then in a superuser's function: binding again is refused there.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT world.bind_as_superuser(:'acme_key');
ROLLBACK;
-- A session that isn't an application's may call such functions, but not bind in them.
\c - regress_world_plain
SELECT world.bind_as_superuser(:'acme_key');
SELECT world.bind_as_bypass(:'acme_key');
BEGIN;
SELECT world.bind_as_definer(:'acme_key');
SELECT world.rows_as_definer();
SELECT count(*) FROM world.note;
ROLLBACK;
BEGIN;
SELECT world.session_as_superuser(:'token_globex');
SELECT world.rows_as_definer();
SELECT world.bind_as_definer(:'acme_key');
ROLLBACK;
\c - regress_world_app

-- A function cannot be put where an extension's function would find it: nobody may create in its schema, and temporary
-- ones are refused. None of its own functions leaves its search_path to the caller.
CREATE FUNCTION tenancy.planted() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TABLE tenancy.planted (a int);
CREATE FUNCTION pg_temp.current_tenant() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid';
SELECT count(*) AS definer_functions_without_search_path FROM pg_proc
WHERE pronamespace = 'tenancy'::regnamespace AND prosecdef AND NOT coalesce(proconfig::text ~ 'search_path', false);
SELECT count(*) AS functions_of_public FROM pg_proc p, LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
WHERE p.pronamespace = 'tenancy'::regnamespace AND a.grantee = 0;
-- Names of the caller's search_path shadow nothing that policies call.
\c - :SUPERUSER
CREATE SCHEMA world_shadow;
GRANT USAGE ON SCHEMA world_shadow TO PUBLIC;
CREATE FUNCTION world_shadow.uuid_always(uuid, uuid) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR world_shadow.= (FUNCTION = world_shadow.uuid_always, LEFTARG = uuid, RIGHTARG = uuid);
CREATE FUNCTION world_shadow.current_setting(text) RETURNS text LANGUAGE sql AS 'SELECT ''''';
\c - regress_world_app
SET search_path = world_shadow, pg_catalog, world;
BEGIN;
SELECT tenancy.bind(:'acme_key') IS NOT NULL AS bound;
SELECT body FROM note ORDER BY id;
SELECT body FROM note WHERE tenant_id = :'globex'::uuid ORDER BY id;
COMMIT;
\c - :SUPERUSER
SET client_min_messages = warning;
DROP SCHEMA world_shadow CASCADE;
\i :suites/../fixtures/clear.sql
