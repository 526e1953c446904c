-- A new table has no row security; and a policy does nothing while row security is off.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_table_without_row_security_owner, regress_table_without_row_security_app;
CREATE ROLE regress_table_without_row_security_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_table_without_row_security_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA table_without_row_security AUTHORIZATION regress_table_without_row_security_owner;
GRANT USAGE ON SCHEMA table_without_row_security TO regress_table_without_row_security_app;
SELECT tenancy.create_tenant('table_without_row_security.acme') AS acme, tenancy.create_tenant('table_without_row_security.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('table_without_row_security.acme', 'test') \gset
SET ROLE regress_table_without_row_security_owner;
CREATE TABLE table_without_row_security.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_without_row_security.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('table_without_row_security.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON table_without_row_security.doc TO regress_table_without_row_security_app;
RESET ROLE;
-- By hand it is forgotten: the policy is there, row security is not enabled.
CREATE TABLE table_without_row_security.hand AS TABLE table_without_row_security.doc;
CREATE POLICY tenant ON table_without_row_security.hand USING (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT ON table_without_row_security.hand TO regress_table_without_row_security_app;
-- In a managed schema a new table is protected, or it is not created.
SELECT tenancy.manage_schema('table_without_row_security');
SET ROLE regress_table_without_row_security_owner;
CREATE TABLE table_without_row_security.later (tenant_id uuid NOT NULL, id int, PRIMARY KEY (tenant_id, id));
CREATE TABLE table_without_row_security.stray (id int PRIMARY KEY, body text);
SELECT to_regclass('table_without_row_security.stray');
GRANT SELECT, INSERT ON table_without_row_security.later TO regress_table_without_row_security_app;
RESET ROLE;
SELECT relation, relrowsecurity, relforcerowsecurity
FROM tenancy.protected_table JOIN pg_class c ON c.oid = relation
WHERE relnamespace = 'table_without_row_security'::regnamespace ORDER BY 1;
-- The superuser, too, is told.
ALTER TABLE table_without_row_security.later DISABLE ROW LEVEL SECURITY;
\c - regress_table_without_row_security_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT set_config('app.tenant', :'acme', true) = :'acme' AS hand;
SELECT count(*) FROM table_without_row_security.hand;
INSERT INTO table_without_row_security.later (id) VALUES (1);
INSERT INTO table_without_row_security.later VALUES (:'globex', 1);
SELECT tenant_id = :'acme' AS mine, id FROM table_without_row_security.later;
ROLLBACK;
\c - :admin
SELECT tenancy.unmanage_schema('table_without_row_security');
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA table_without_row_security CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'table_without_row_security.%';
DROP ROLE regress_table_without_row_security_owner, regress_table_without_row_security_app;
