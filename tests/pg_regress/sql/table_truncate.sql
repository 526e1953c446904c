-- TRUNCATE does not ask row security.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_table_truncate_owner, regress_table_truncate_app;
CREATE ROLE regress_table_truncate_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_table_truncate_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA table_truncate AUTHORIZATION regress_table_truncate_owner;
GRANT USAGE ON SCHEMA table_truncate TO regress_table_truncate_app;
SELECT tenancy.create_tenant('table_truncate.acme') AS acme, tenancy.create_tenant('table_truncate.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('table_truncate.acme', 'test') \gset
SET ROLE regress_table_truncate_owner;
CREATE TABLE table_truncate.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_truncate.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('table_truncate.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON table_truncate.doc TO regress_table_truncate_app;
RESET ROLE;
-- The control: row security as one writes it by hand.
CREATE TABLE table_truncate.hand (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_truncate.hand TABLE table_truncate.doc;
ALTER TABLE table_truncate.hand ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON table_truncate.hand USING (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON table_truncate.hand TO regress_table_truncate_app;
DROP ROLE IF EXISTS regress_table_truncate_plain;
CREATE ROLE regress_table_truncate_plain LOGIN; -- not a tenant's: the control
GRANT USAGE, CREATE ON SCHEMA table_truncate TO regress_table_truncate_plain;
GRANT TRUNCATE ON table_truncate.hand TO regress_table_truncate_plain;
-- Nobody but the owner can hold the privilege on a protected table.
GRANT TRUNCATE ON table_truncate.doc TO regress_table_truncate_app;
GRANT ALL ON table_truncate.doc TO regress_table_truncate_app;
GRANT TRUNCATE ON table_truncate.doc TO PUBLIC;
GRANT TRUNCATE ON ALL TABLES IN SCHEMA table_truncate TO regress_table_truncate_app;
-- A new partition that brings the privilege would be emptied directly.
SET ROLE regress_table_truncate_owner;
CREATE TABLE table_truncate.parted (tenant_id uuid NOT NULL, id int, PRIMARY KEY (tenant_id, id)) PARTITION BY RANGE (id);
SELECT tenancy.protect('table_truncate.parted');
ALTER DEFAULT PRIVILEGES IN SCHEMA table_truncate GRANT TRUNCATE ON TABLES TO regress_table_truncate_app;
CREATE TABLE table_truncate.part PARTITION OF table_truncate.parted FOR VALUES FROM (0) TO (10);
CREATE TABLE table_truncate.part (tenant_id uuid NOT NULL, id int NOT NULL);
ALTER TABLE table_truncate.parted ATTACH PARTITION table_truncate.part FOR VALUES FROM (0) TO (10);
ALTER DEFAULT PRIVILEGES IN SCHEMA table_truncate REVOKE TRUNCATE ON TABLES FROM regress_table_truncate_app;
RESET ROLE;
\c - regress_table_truncate_plain
BEGIN;
SELECT set_config('app.tenant', :'acme', true) = :'acme' AS hand;
TRUNCATE table_truncate.hand;
ROLLBACK;
-- Nor does a tenant's session run the command at all.
\c - regress_table_truncate_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
TRUNCATE table_truncate.hand;
TRUNCATE table_truncate.doc;
TRUNCATE table_truncate.parted;
ROLLBACK;
\c - :admin
SELECT count(*) FROM table_truncate.doc;
\c - :admin
SET client_min_messages = warning;
DROP OWNED BY regress_table_truncate_plain;
DROP ROLE regress_table_truncate_plain;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA table_truncate CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'table_truncate.%';
DROP ROLE regress_table_truncate_owner, regress_table_truncate_app;
