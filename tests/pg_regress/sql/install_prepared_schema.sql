-- Whoever may create schemas in a database could prepare one for CREATE EXTENSION to run into: a table, a function, an operator of its own.
\set SHOW_CONTEXT never
\set VERBOSITY default
SET client_min_messages = warning;
SELECT current_user AS admin, current_database() AS home \gset
DROP DATABASE IF EXISTS regress_install_prepared_schema;
DROP ROLE IF EXISTS regress_install_prepared_schema_attacker;
CREATE ROLE regress_install_prepared_schema_attacker LOGIN;
CREATE DATABASE regress_install_prepared_schema TEMPLATE template0 ENCODING 'UTF8';
GRANT CREATE ON DATABASE regress_install_prepared_schema TO regress_install_prepared_schema_attacker;
\c regress_install_prepared_schema :admin
SET client_min_messages = warning;
CREATE EXTENSION vector;
-- A schema of somebody else's.
SET ROLE regress_install_prepared_schema_attacker;
CREATE SCHEMA tenancy;
RESET ROLE;
CREATE EXTENSION pg_tenancy;
-- Handed over, with a table in it.
SET ROLE regress_install_prepared_schema_attacker;
CREATE TABLE tenancy.tenant (tenant_id uuid);
RESET ROLE;
ALTER SCHEMA tenancy OWNER TO :"admin";
CREATE EXTENSION pg_tenancy;
DROP TABLE tenancy.tenant;
-- With a function, an operator, a type.
SET ROLE regress_install_prepared_schema_attacker;
RESET ROLE;
CREATE FUNCTION tenancy.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT NULL::timestamptz';
CREATE EXTENSION pg_tenancy;
DROP FUNCTION tenancy.now();
CREATE FUNCTION tenancy.always(uuid, uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR tenancy.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = tenancy.always);
CREATE EXTENSION pg_tenancy;
DROP OPERATOR tenancy.= (uuid, uuid);
DROP FUNCTION tenancy.always(uuid, uuid);
CREATE TYPE tenancy.tenant AS (x int);
CREATE EXTENSION pg_tenancy;
DROP TYPE tenancy.tenant;
-- One that is empty and the installer's own, but open to others, is closed.
GRANT ALL ON SCHEMA tenancy TO PUBLIC;
GRANT ALL ON SCHEMA tenancy TO regress_install_prepared_schema_attacker;
CREATE EXTENSION pg_tenancy;
SELECT count(*) FROM pg_extension WHERE extname = 'pg_tenancy';
SELECT coalesce(nullif(a.grantee, 0)::regrole::text, 'PUBLIC') AS grantee, a.privilege_type
FROM pg_namespace n, aclexplode(n.nspacl) a
WHERE n.nspname = 'tenancy' AND a.grantee <> n.nspowner AND a.grantee::regrole::text NOT LIKE 'tenancy\_%' ORDER BY 1, 2;
-- Not by a role that is no superuser, and not into another schema.
DROP EXTENSION pg_tenancy;
DROP SCHEMA IF EXISTS tenancy CASCADE;
SET ROLE regress_install_prepared_schema_attacker;
CREATE EXTENSION pg_tenancy;
RESET ROLE;
CREATE EXTENSION pg_tenancy SCHEMA public;
-- Objects in public and a search_path that puts them first do not reach the script.
SET ROLE regress_install_prepared_schema_attacker;
CREATE SCHEMA mine;
CREATE FUNCTION mine.always(oid, oid) RETURNS boolean LANGUAGE sql AS 'SELECT 1/0 = 1';
CREATE OPERATOR mine.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = mine.always);
CREATE FUNCTION mine.format(text, VARIADIC "any") RETURNS text LANGUAGE internal AS 'text_format';
CREATE FUNCTION mine.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT 1/0 * NULL::timestamptz';
RESET ROLE;
SET search_path = mine, pg_catalog, public;
CREATE EXTENSION pg_tenancy;
RESET search_path;
SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'tenancy.protected_table'::regclass;
\c :home :admin
SET client_min_messages = warning;
DROP DATABASE regress_install_prepared_schema;
DROP ROLE regress_install_prepared_schema_attacker;
