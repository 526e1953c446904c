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
CREATE FUNCTION tenancy.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT NULL::timestamptz';
CREATE EXTENSION pg_tenancy;
DROP FUNCTION tenancy.now();
CREATE OPERATOR tenancy.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = uuid_ne);
CREATE EXTENSION pg_tenancy;
DROP OPERATOR tenancy.= (uuid, uuid);
CREATE TYPE tenancy.status AS ENUM ('active');
CREATE EXTENSION pg_tenancy;
DROP TYPE tenancy.status;
-- Open to others.
GRANT CREATE ON SCHEMA tenancy TO regress_install_prepared_schema_attacker;
CREATE EXTENSION pg_tenancy;
-- Nothing was installed, and nothing is left of the attempts.
SELECT count(*) FROM pg_extension WHERE extname = 'pg_tenancy';
SELECT count(*) FROM pg_depend WHERE refclassid = 'pg_namespace'::regclass AND refobjid = 'tenancy'::regnamespace;
SELECT count(*) FROM pg_event_trigger;
-- Empty, the installer's own and closed it may be.
DROP SCHEMA tenancy;
CREATE SCHEMA tenancy;
CREATE EXTENSION pg_tenancy;
SELECT coalesce(nullif(a.grantee, 0)::regrole::text, 'PUBLIC') AS grantee, a.privilege_type
FROM pg_namespace n, aclexplode(n.nspacl) a
WHERE n.nspname = 'tenancy' AND a.grantee <> n.nspowner ORDER BY 1, 2;
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
CREATE FUNCTION mine.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT timestamptz ''infinity''';
RESET ROLE;
SET search_path = mine, pg_catalog, public;
CREATE EXTENSION pg_tenancy;
RESET search_path;
SELECT DISTINCT d.refobjid::regprocedure FROM pg_depend d
WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_proc'::regclass AND d.refobjid = 'mine.now()'::regprocedure
   OR d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_proc'::regclass AND d.refobjid = 'mine.now()'::regprocedure;
\c :home :admin
SET client_min_messages = warning;
DROP DATABASE regress_install_prepared_schema;
DROP ROLE regress_install_prepared_schema_attacker;
