-- The owner of a table is exempt from its row security, unless that is forced.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_table_owner_without_force_owner, regress_table_owner_without_force_app;
CREATE ROLE regress_table_owner_without_force_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_table_owner_without_force_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA table_owner_without_force AUTHORIZATION regress_table_owner_without_force_owner;
GRANT USAGE ON SCHEMA table_owner_without_force TO regress_table_owner_without_force_app;
SELECT tenancy.create_tenant('table_owner_without_force.acme') AS acme, tenancy.create_tenant('table_owner_without_force.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('table_owner_without_force.acme', 'test') \gset
SET ROLE regress_table_owner_without_force_owner;
CREATE TABLE table_owner_without_force.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_owner_without_force.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('table_owner_without_force.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON table_owner_without_force.doc TO regress_table_owner_without_force_app;
RESET ROLE;
-- The control: row security as one writes it by hand.
CREATE TABLE table_owner_without_force.hand (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_owner_without_force.hand TABLE table_owner_without_force.doc;
ALTER TABLE table_owner_without_force.hand ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON table_owner_without_force.hand USING (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON table_owner_without_force.hand TO regress_table_owner_without_force_app;
ALTER TABLE table_owner_without_force.hand OWNER TO regress_table_owner_without_force_owner;
-- The owner, here without a tenant: what is written by hand shows everything, the protected table nothing.
\c - regress_table_owner_without_force_owner
SELECT count(*) FROM table_owner_without_force.hand;
SELECT count(*) FROM table_owner_without_force.doc;
-- Nor can the owner write without a tenant.
INSERT INTO table_owner_without_force.doc VALUES (:'acme', 3, 'planted');
UPDATE table_owner_without_force.doc SET body = 'changed';
DELETE FROM table_owner_without_force.doc;
-- Nor take FORCE off.
ALTER TABLE table_owner_without_force.doc NO FORCE ROW LEVEL SECURITY;
ALTER TABLE table_owner_without_force.doc DISABLE ROW LEVEL SECURITY;
-- With a tenant, the owner is that tenant and no other.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT body FROM table_owner_without_force.doc ORDER BY body;
DELETE FROM table_owner_without_force.doc;
ROLLBACK;
\c - :admin
SELECT count(*) FROM table_owner_without_force.doc;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA table_owner_without_force CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'table_owner_without_force.%';
DROP ROLE regress_table_owner_without_force_owner, regress_table_owner_without_force_app;
