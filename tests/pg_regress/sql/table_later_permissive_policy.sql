-- A permissive policy added later widens what those before allowed.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_table_later_permissive_policy_owner, regress_table_later_permissive_policy_app;
CREATE ROLE regress_table_later_permissive_policy_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_table_later_permissive_policy_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA table_later_permissive_policy AUTHORIZATION regress_table_later_permissive_policy_owner;
GRANT USAGE ON SCHEMA table_later_permissive_policy TO regress_table_later_permissive_policy_app;
SELECT tenancy.create_tenant('table_later_permissive_policy.acme') AS acme, tenancy.create_tenant('table_later_permissive_policy.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('table_later_permissive_policy.acme', 'test') \gset
SET ROLE regress_table_later_permissive_policy_owner;
CREATE TABLE table_later_permissive_policy.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_later_permissive_policy.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('table_later_permissive_policy.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON table_later_permissive_policy.doc TO regress_table_later_permissive_policy_app;
RESET ROLE;
-- The control: row security as one writes it by hand.
CREATE TABLE table_later_permissive_policy.hand (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_later_permissive_policy.hand TABLE table_later_permissive_policy.doc;
ALTER TABLE table_later_permissive_policy.hand ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON table_later_permissive_policy.hand USING (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON table_later_permissive_policy.hand TO regress_table_later_permissive_policy_app;
CREATE POLICY support ON table_later_permissive_policy.hand USING (true);
SET ROLE regress_table_later_permissive_policy_owner;
CREATE POLICY support ON table_later_permissive_policy.doc USING (true) WITH CHECK (true);
CREATE POLICY support_insert ON table_later_permissive_policy.doc FOR INSERT WITH CHECK (true);
CREATE POLICY support_app ON table_later_permissive_policy.doc FOR SELECT TO regress_table_later_permissive_policy_app USING (true);
-- Under the extension's names there is none.
CREATE POLICY tenancy_support ON table_later_permissive_policy.doc USING (true);
ALTER POLICY support ON table_later_permissive_policy.doc RENAME TO tenancy_support;
-- One that narrows is the user's to add.
CREATE POLICY drafts ON table_later_permissive_policy.doc AS RESTRICTIVE FOR SELECT USING (id < 2);
RESET ROLE;
\c - regress_table_later_permissive_policy_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT set_config('app.tenant', :'acme', true) = :'acme' AS hand;
SELECT count(*) FROM table_later_permissive_policy.hand;
SELECT body FROM table_later_permissive_policy.doc ORDER BY body;
INSERT INTO table_later_permissive_policy.doc VALUES (:'globex', 9, 'planted');
UPDATE table_later_permissive_policy.doc SET tenant_id = :'globex';
WITH gone AS (DELETE FROM table_later_permissive_policy.doc RETURNING body) SELECT * FROM gone ORDER BY 1;
ROLLBACK;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA table_later_permissive_policy CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'table_later_permissive_policy.%';
DROP ROLE regress_table_later_permissive_policy_owner, regress_table_later_permissive_policy_app;
