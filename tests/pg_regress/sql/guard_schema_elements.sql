-- What stands inside CREATE SCHEMA is judged like what stands alone.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_guard_schema_elements_owner, regress_guard_schema_elements_app;
CREATE ROLE regress_guard_schema_elements_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_guard_schema_elements_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA guard_schema_elements AUTHORIZATION regress_guard_schema_elements_owner;
GRANT USAGE ON SCHEMA guard_schema_elements TO regress_guard_schema_elements_app;
SELECT tenancy.create_tenant('guard_schema_elements.acme') AS acme, tenancy.create_tenant('guard_schema_elements.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('guard_schema_elements.acme', 'test') \gset
SET ROLE regress_guard_schema_elements_owner;
CREATE TABLE guard_schema_elements.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO guard_schema_elements.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('guard_schema_elements.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON guard_schema_elements.doc TO regress_guard_schema_elements_app;
RESET ROLE;
CREATE SCHEMA guard_schema_elements_more CREATE VIEW leak AS SELECT * FROM guard_schema_elements.doc;
CREATE SCHEMA guard_schema_elements_more CREATE TABLE probe (tenant_id uuid, id int, FOREIGN KEY (tenant_id, id) REFERENCES guard_schema_elements.doc);
CREATE SCHEMA guard_schema_elements_more GRANT TRUNCATE ON guard_schema_elements.doc TO regress_guard_schema_elements_app;
CREATE SCHEMA guard_schema_elements_more CREATE TABLE child () CREATE VIEW leak AS SELECT (SELECT count(*) FROM guard_schema_elements.doc) AS total;
SELECT to_regnamespace('guard_schema_elements_more');
-- One that runs as who asks is welcome.
CREATE SCHEMA guard_schema_elements_more CREATE VIEW fine WITH (security_invoker) AS SELECT * FROM guard_schema_elements.doc;
SELECT to_regclass('guard_schema_elements_more.fine');
-- A partition or child that comes to be there is protected like any other.
SET ROLE regress_guard_schema_elements_owner;
CREATE TABLE guard_schema_elements.parted (tenant_id uuid NOT NULL, id int, PRIMARY KEY (tenant_id, id)) PARTITION BY RANGE (id);
SELECT tenancy.protect('guard_schema_elements.parted');
RESET ROLE;
CREATE SCHEMA guard_schema_elements_parts
    CREATE TABLE part PARTITION OF guard_schema_elements.parted DEFAULT
    CREATE TABLE child (PRIMARY KEY (tenant_id, id)) INHERITS (guard_schema_elements.doc);
SELECT c.oid::regclass AS relation, c.relrowsecurity, c.relforcerowsecurity,
       (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid) AS policies
FROM pg_class c WHERE c.relnamespace = 'guard_schema_elements_parts'::regnamespace AND c.relkind = 'r' ORDER BY 1;
CREATE SCHEMA guard_schema_elements_bad CREATE TABLE part (id int UNIQUE) INHERITS (guard_schema_elements.doc);
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS guard_schema_elements_more, guard_schema_elements_parts, guard_schema_elements_bad CASCADE;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA guard_schema_elements CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'guard_schema_elements.%';
DROP ROLE regress_guard_schema_elements_owner, regress_guard_schema_elements_app;
