-- With REFERENCES a table of one's own becomes an oracle: its foreign key is checked without row security.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_table_references_privilege_owner, regress_table_references_privilege_app;
CREATE ROLE regress_table_references_privilege_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_table_references_privilege_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA table_references_privilege AUTHORIZATION regress_table_references_privilege_owner;
GRANT USAGE ON SCHEMA table_references_privilege TO regress_table_references_privilege_app;
SELECT tenancy.create_tenant('table_references_privilege.acme') AS acme, tenancy.create_tenant('table_references_privilege.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('table_references_privilege.acme', 'test') \gset
SET ROLE regress_table_references_privilege_owner;
CREATE TABLE table_references_privilege.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_references_privilege.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('table_references_privilege.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON table_references_privilege.doc TO regress_table_references_privilege_app;
RESET ROLE;
-- The control: row security as one writes it by hand.
CREATE TABLE table_references_privilege.hand (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_references_privilege.hand TABLE table_references_privilege.doc;
ALTER TABLE table_references_privilege.hand ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON table_references_privilege.hand USING (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON table_references_privilege.hand TO regress_table_references_privilege_app;
DROP ROLE IF EXISTS regress_table_references_privilege_plain;
CREATE ROLE regress_table_references_privilege_plain LOGIN; -- not a tenant's: the control
GRANT USAGE, CREATE ON SCHEMA table_references_privilege TO regress_table_references_privilege_plain;
GRANT REFERENCES ON table_references_privilege.hand TO regress_table_references_privilege_plain;
GRANT CREATE ON SCHEMA table_references_privilege TO regress_table_references_privilege_app;
GRANT REFERENCES ON table_references_privilege.doc TO regress_table_references_privilege_app;
GRANT REFERENCES (tenant_id, id) ON table_references_privilege.doc TO regress_table_references_privilege_app;
GRANT TRIGGER ON table_references_privilege.doc TO regress_table_references_privilege_app;
\c - regress_table_references_privilege_plain
-- By hand: no error says that globex has 3, an error that it has no 4.
CREATE TABLE table_references_privilege.probe (tenant_id uuid, id int, FOREIGN KEY (tenant_id, id) REFERENCES table_references_privilege.hand);
INSERT INTO table_references_privilege.probe VALUES (:'globex', 3);
INSERT INTO table_references_privilege.probe VALUES (:'globex', 4);
DROP TABLE table_references_privilege.probe;
-- Protected: the privilege is not had, nor does a tenant's session define anything.
CREATE TABLE table_references_privilege.probe (tenant_id uuid, id int, FOREIGN KEY (tenant_id, id) REFERENCES table_references_privilege.doc);
\c - regress_table_references_privilege_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
CREATE TABLE table_references_privilege.probe_doc (tenant_id uuid, id int, FOREIGN KEY (tenant_id, id) REFERENCES table_references_privilege.doc);
CREATE TRIGGER spy BEFORE INSERT ON table_references_privilege.doc FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
ROLLBACK;
-- Nor does the owner make an unprotected table refer to a protected one.
\c - regress_table_references_privilege_owner
\set VERBOSITY default
CREATE TABLE table_references_privilege.probe (tenant_id uuid, id int, FOREIGN KEY (tenant_id, id) REFERENCES table_references_privilege.doc);
\c - :admin
SET client_min_messages = warning;
DROP OWNED BY regress_table_references_privilege_plain;
DROP ROLE regress_table_references_privilege_plain;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA table_references_privilege CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'table_references_privilege.%';
DROP ROLE regress_table_references_privilege_owner, regress_table_references_privilege_app;
