-- A foreign table's rows come through a session of its own, without a context and without row security.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_table_foreign_table_owner, regress_table_foreign_table_app;
CREATE ROLE regress_table_foreign_table_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_table_foreign_table_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA table_foreign_table AUTHORIZATION regress_table_foreign_table_owner;
GRANT USAGE ON SCHEMA table_foreign_table TO regress_table_foreign_table_app;
SELECT tenancy.create_tenant('table_foreign_table.acme') AS acme, tenancy.create_tenant('table_foreign_table.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('table_foreign_table.acme', 'test') \gset
SET ROLE regress_table_foreign_table_owner;
CREATE TABLE table_foreign_table.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_foreign_table.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('table_foreign_table.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON table_foreign_table.doc TO regress_table_foreign_table_app;
RESET ROLE;
CREATE FOREIGN DATA WRAPPER table_foreign_table_wrapper;
CREATE SERVER table_foreign_table_server FOREIGN DATA WRAPPER table_foreign_table_wrapper;
CREATE FOREIGN TABLE table_foreign_table.elsewhere (tenant_id uuid NOT NULL, id int NOT NULL, body text) SERVER table_foreign_table_server;
SELECT tenancy.protect('table_foreign_table.elsewhere');
-- Below a protected table it would be read through that table.
ALTER FOREIGN TABLE table_foreign_table.elsewhere INHERIT table_foreign_table.doc;
CREATE FOREIGN TABLE table_foreign_table.child () INHERITS (table_foreign_table.doc) SERVER table_foreign_table_server;
SET ROLE regress_table_foreign_table_owner;
CREATE TABLE table_foreign_table.parted (tenant_id uuid NOT NULL, id int) PARTITION BY HASH (tenant_id);
RESET ROLE;
CREATE FOREIGN TABLE table_foreign_table.part PARTITION OF table_foreign_table.parted FOR VALUES WITH (MODULUS 1, REMAINDER 0) SERVER table_foreign_table_server;
\set VERBOSITY default
SELECT tenancy.protect('table_foreign_table.parted');
ALTER TABLE table_foreign_table.parted DETACH PARTITION table_foreign_table.part;
SELECT tenancy.protect('table_foreign_table.parted');
\set VERBOSITY terse
ALTER TABLE table_foreign_table.parted ATTACH PARTITION table_foreign_table.part FOR VALUES WITH (MODULUS 1, REMAINDER 0);
-- In a managed schema there are none.
SELECT tenancy.manage_schema('table_foreign_table');
CREATE FOREIGN TABLE table_foreign_table.another (tenant_id uuid NOT NULL) SERVER table_foreign_table_server;
SELECT tenancy.unmanage_schema('table_foreign_table');
-- The application can make none itself, and no server to reach.
\c - regress_table_foreign_table_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
CREATE SERVER mine FOREIGN DATA WRAPPER table_foreign_table_wrapper;
CREATE FOREIGN TABLE table_foreign_table.mine (id int) SERVER table_foreign_table_server;
ROLLBACK;
\c - :admin
SET client_min_messages = warning;
DROP FOREIGN DATA WRAPPER table_foreign_table_wrapper CASCADE;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA table_foreign_table CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'table_foreign_table.%';
DROP ROLE regress_table_foreign_table_owner, regress_table_foreign_table_app;
