-- In a managed schema no table comes to exist unprotected, whichever way it comes.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_manage_schema_owner, regress_manage_schema_app;
CREATE ROLE regress_manage_schema_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_manage_schema_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA manage_schema AUTHORIZATION regress_manage_schema_owner;
GRANT USAGE ON SCHEMA manage_schema TO regress_manage_schema_app;
SELECT tenancy.create_tenant('manage_schema.acme') AS acme, tenancy.create_tenant('manage_schema.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('manage_schema.acme', 'test') \gset
GRANT CREATE ON SCHEMA manage_schema TO regress_manage_schema_owner;
CREATE SCHEMA manage_schema_open AUTHORIZATION regress_manage_schema_owner;
SET ROLE regress_manage_schema_owner;
SET client_min_messages = error; -- not the notices about missing indexes
CREATE TABLE manage_schema.before (id int);
SELECT tenancy.manage_schema('manage_schema');
CREATE TABLE manage_schema_open.doc (tenant_id uuid NOT NULL, id int, PRIMARY KEY (tenant_id, id));
CREATE TABLE manage_schema_open.stray (id int);
INSERT INTO manage_schema_open.doc VALUES (:'acme', 1), (:'globex', 2);
-- Protected as they come.
CREATE TABLE manage_schema.plain (tenant_id uuid, id int, PRIMARY KEY (tenant_id, id));
CREATE TABLE IF NOT EXISTS manage_schema.if_not_exists (tenant_id text NOT NULL);
CREATE TABLE manage_schema.alike (LIKE manage_schema.plain INCLUDING ALL);
CREATE TABLE manage_schema.copied AS SELECT * FROM manage_schema_open.doc;
SELECT * INTO manage_schema.selected FROM manage_schema_open.doc;
CREATE UNLOGGED TABLE manage_schema.unlogged (tenant_id uuid);
CREATE TABLE manage_schema.parted (tenant_id uuid, id int) PARTITION BY RANGE (id);
CREATE TABLE manage_schema.part PARTITION OF manage_schema.parted DEFAULT;
CREATE TABLE manage_schema.child () INHERITS (manage_schema.plain);
CREATE TYPE manage_schema.row AS (tenant_id uuid, id int);
CREATE TABLE manage_schema.typed OF manage_schema.row;
ALTER TABLE manage_schema_open.doc SET SCHEMA manage_schema;
DO $$ BEGIN EXECUTE 'CREATE TABLE manage_schema.executed (tenant_id uuid)'; END $$;
-- Refused, with nothing left behind.
\set VERBOSITY default
CREATE TABLE manage_schema.no_tenant (id int);
\set VERBOSITY terse
CREATE TABLE manage_schema.no_tenant AS SELECT 1 AS id;
SELECT 1 AS id INTO manage_schema.no_tenant;
ALTER TABLE manage_schema_open.stray SET SCHEMA manage_schema;
CREATE TABLE manage_schema.shared_key (tenant_id uuid, id int PRIMARY KEY);
CREATE TABLE manage_schema.with_null AS SELECT NULL::uuid AS tenant_id;
CREATE TABLE manage_schema.stray_child () INHERITS (manage_schema_open.stray);
CREATE TABLE manage_schema.wrong_type (tenant_id varchar);
CREATE MATERIALIZED VIEW manage_schema.copy AS SELECT 1 AS id;
CREATE MATERIALIZED VIEW manage_schema_open.copy AS SELECT 1 AS id;
ALTER MATERIALIZED VIEW manage_schema_open.copy SET SCHEMA manage_schema;
RESET ROLE;
SELECT c.relname, c.relkind, c.relrowsecurity AND c.relforcerowsecurity AS forced,
       EXISTS (SELECT FROM tenancy.protected_relation p WHERE p.relation = c.oid) AS protected
FROM pg_class c WHERE c.relnamespace = 'manage_schema'::regnamespace AND c.relkind IN ('r', 'p', 'm', 'f') ORDER BY 1;
-- The schema keeps its tables when its name changes, and is forgotten when it is dropped.
\set VERBOSITY sqlstate
ALTER SCHEMA manage_schema RENAME TO manage_schema_renamed;
CREATE TABLE manage_schema_renamed.no_tenant (id int);
ALTER SCHEMA manage_schema_renamed RENAME TO manage_schema;
\set VERBOSITY terse
CREATE TABLE manage_schema.no_tenant (id int);
-- Another column.
SELECT tenancy.manage_schema('manage_schema', 'customer_id');
CREATE TABLE manage_schema.customer (customer_id uuid);
SELECT tenant_column FROM tenancy.protected_table WHERE relation = 'manage_schema.customer'::regclass;
CREATE TABLE manage_schema.no_customer (tenant_id uuid);
-- With the guard at warn, told and let through.
SET client_min_messages = warning;
SET tenancy.guard = 'warn';
CREATE TABLE manage_schema.warned (id int);
RESET tenancy.guard;
SELECT tenancy.unmanage_schema('manage_schema');
SELECT tenancy.unmanage_schema('manage_schema');
CREATE TABLE manage_schema.no_tenant (id int);
SELECT tenancy.manage_schema('manage_schema_open');
DROP SCHEMA manage_schema_open CASCADE;
SELECT count(*) FROM tenancy.managed_schema WHERE schema_name LIKE 'manage_schema%';
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA manage_schema CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'manage_schema.%';
DROP ROLE regress_manage_schema_owner, regress_manage_schema_app;
