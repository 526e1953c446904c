-- A table that becomes a partition brings its own privileges, rules, views and keys with it.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_guard_adopted_table_owner, regress_guard_adopted_table_app;
CREATE ROLE regress_guard_adopted_table_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_guard_adopted_table_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA guard_adopted_table AUTHORIZATION regress_guard_adopted_table_owner;
GRANT USAGE ON SCHEMA guard_adopted_table TO regress_guard_adopted_table_app;
SELECT tenancy.create_tenant('guard_adopted_table.acme') AS acme, tenancy.create_tenant('guard_adopted_table.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('guard_adopted_table.acme', 'test') \gset
SET ROLE regress_guard_adopted_table_owner;
SET client_min_messages = error; -- not the notices about missing indexes
CREATE TABLE guard_adopted_table.doc (tenant_id uuid NOT NULL, id int, body text) PARTITION BY RANGE (id);
CREATE INDEX ON guard_adopted_table.doc (tenant_id);
SELECT tenancy.protect('guard_adopted_table.doc');
CREATE TABLE guard_adopted_table.part (tenant_id uuid NOT NULL, id int, body text);
\set attach 'ALTER TABLE guard_adopted_table.doc ATTACH PARTITION guard_adopted_table.part FOR VALUES FROM (0) TO (9);'
GRANT TRUNCATE ON guard_adopted_table.part TO regress_guard_adopted_table_app;
:attach
REVOKE TRUNCATE ON guard_adopted_table.part FROM regress_guard_adopted_table_app;
CREATE VIEW guard_adopted_table.leak AS SELECT * FROM guard_adopted_table.part;
:attach
DROP VIEW guard_adopted_table.leak;
CREATE MATERIALIZED VIEW guard_adopted_table.leak AS SELECT * FROM guard_adopted_table.part;
:attach
DROP MATERIALIZED VIEW guard_adopted_table.leak;
CREATE RULE leak AS ON INSERT TO guard_adopted_table.part DO ALSO NOTIFY somebody;
:attach
DROP RULE leak ON guard_adopted_table.part;
CREATE UNIQUE INDEX leak ON guard_adopted_table.part (body);
:attach
DROP INDEX guard_adopted_table.leak;
CREATE POLICY tenancy_select ON guard_adopted_table.part USING (true);
:attach
SELECT polname FROM pg_policy WHERE polrelid = 'guard_adopted_table.part'::regclass ORDER BY 1;
DROP POLICY tenancy_select ON guard_adopted_table.part;
CREATE POLICY tenancy_leak ON guard_adopted_table.part USING (true);
:attach
DROP POLICY tenancy_leak ON guard_adopted_table.part;
:attach
SELECT relation FROM tenancy.protected_relation WHERE root = 'guard_adopted_table.doc'::regclass ORDER BY 1;
-- Nor one that comes under a partition of a partition.
CREATE TABLE guard_adopted_table.tree PARTITION OF guard_adopted_table.doc FOR VALUES FROM (30) TO (40) PARTITION BY RANGE (id);
CREATE TABLE guard_adopted_table.leaf (tenant_id uuid NOT NULL, id int, body text);
\set attach 'ALTER TABLE guard_adopted_table.tree ATTACH PARTITION guard_adopted_table.leaf DEFAULT;'
CREATE POLICY tenancy_select ON guard_adopted_table.leaf USING (true);
:attach
DROP POLICY tenancy_select ON guard_adopted_table.leaf;
GRANT TRUNCATE ON guard_adopted_table.leaf TO regress_guard_adopted_table_app;
:attach
REVOKE TRUNCATE ON guard_adopted_table.leaf FROM regress_guard_adopted_table_app;
CREATE VIEW guard_adopted_table.leak AS SELECT * FROM guard_adopted_table.leaf;
:attach
DROP VIEW guard_adopted_table.leak;
:attach
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid) AS policies
FROM pg_class c WHERE c.oid IN ('guard_adopted_table.tree'::regclass, 'guard_adopted_table.leaf'::regclass) ORDER BY 1;
-- One that is protected already comes under its new parent's protection, and cannot be taken from it.
CREATE TABLE guard_adopted_table.own (tenant_id uuid NOT NULL, id int, body text);
SELECT tenancy.protect('guard_adopted_table.own');
ALTER TABLE guard_adopted_table.doc ATTACH PARTITION guard_adopted_table.own FOR VALUES FROM (10) TO (20);
SELECT tenancy.unprotect('guard_adopted_table.own');
SELECT relation, root FROM tenancy.protected_relation WHERE relation = 'guard_adopted_table.own'::regclass;
SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 'guard_adopted_table.own'::regclass;
-- Detached, it is still its tenants' table, and still watched.
ALTER TABLE guard_adopted_table.doc DETACH PARTITION guard_adopted_table.part;
ALTER TABLE guard_adopted_table.part DISABLE ROW LEVEL SECURITY;
SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 'guard_adopted_table.part'::regclass;
RESET ROLE;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA guard_adopted_table CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'guard_adopted_table.%';
DROP ROLE regress_guard_adopted_table_owner, regress_guard_adopted_table_app;
