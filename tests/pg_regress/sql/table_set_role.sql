-- SET ROLE, RESET ROLE, SET SESSION AUTHORIZATION: another role is not another tenant.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_table_set_role_owner, regress_table_set_role_app;
CREATE ROLE regress_table_set_role_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_table_set_role_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA table_set_role AUTHORIZATION regress_table_set_role_owner;
GRANT USAGE ON SCHEMA table_set_role TO regress_table_set_role_app;
SELECT tenancy.create_tenant('table_set_role.acme') AS acme, tenancy.create_tenant('table_set_role.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('table_set_role.acme', 'test') \gset
SET ROLE regress_table_set_role_owner;
CREATE TABLE table_set_role.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_set_role.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('table_set_role.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON table_set_role.doc TO regress_table_set_role_app;
RESET ROLE;
-- The control: row security as one writes it by hand.
CREATE TABLE table_set_role.hand (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_set_role.hand TABLE table_set_role.doc;
ALTER TABLE table_set_role.hand ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON table_set_role.hand USING (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON table_set_role.hand TO regress_table_set_role_app;
ALTER TABLE table_set_role.hand OWNER TO regress_table_set_role_owner;
-- The application may become the owner, as happens with one role for migrations and requests.
GRANT regress_table_set_role_owner TO regress_table_set_role_app;
DROP ROLE IF EXISTS regress_table_set_role_exempt;
CREATE ROLE regress_table_set_role_exempt SUPERUSER;
-- An owner that is also an administrator could issue keys of any tenant: with that in reach nothing is bound.
\c - regress_table_set_role_app
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
\c - :admin
REVOKE tenancy_admin FROM regress_table_set_role_owner;
\c - regress_table_set_role_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT set_config('app.tenant', :'acme', true) = :'acme' AS hand;
SET LOCAL ROLE regress_table_set_role_owner;
SELECT count(*) FROM table_set_role.hand;
SELECT body FROM table_set_role.doc ORDER BY body;
-- The session stays a tenant's, whatever role it runs as.
EXPLAIN SELECT * FROM table_set_role.doc;
-- As owner it must not take the protection off, nor reach the rows below it.
ALTER TABLE table_set_role.doc NO FORCE ROW LEVEL SECURITY;
ALTER TABLE table_set_role.doc DISABLE ROW LEVEL SECURITY;
DROP POLICY tenancy_select ON table_set_role.doc;
TRUNCATE table_set_role.doc;
SELECT tenancy.unprotect('table_set_role.doc');
\set VERBOSITY sqlstate
SELECT secret IS NOT NULL AS issued FROM tenancy.create_key('table_set_role.globex', 'mine');
DELETE FROM tenancy.protected_table;
UPDATE tenancy.api_key SET revoked_at = NULL;
\set VERBOSITY terse
RESET ROLE;
SELECT body FROM table_set_role.doc ORDER BY body;
SET ROLE regress_table_set_role_exempt;
SET SESSION AUTHORIZATION regress_table_set_role_exempt;
SET SESSION AUTHORIZATION regress_table_set_role_owner;
ROLLBACK;
-- A role setting that is left behind carries no tenant.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SET ROLE regress_table_set_role_owner;
COMMIT;
SELECT count(*) FROM table_set_role.doc;
-- Who may become superuser is not bound at all.
\c - :admin
REVOKE regress_table_set_role_owner FROM regress_table_set_role_app;
GRANT regress_table_set_role_exempt TO regress_table_set_role_app;
\c - regress_table_set_role_app
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
\c - :admin
DROP ROLE regress_table_set_role_exempt;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA table_set_role CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'table_set_role.%';
DROP ROLE regress_table_set_role_owner, regress_table_set_role_app;
