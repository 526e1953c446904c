-- No tenant: a NULL one, an empty one, and what is left when SET LOCAL ends.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_table_null_tenant_owner, regress_table_null_tenant_app;
CREATE ROLE regress_table_null_tenant_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_table_null_tenant_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA table_null_tenant AUTHORIZATION regress_table_null_tenant_owner;
GRANT USAGE ON SCHEMA table_null_tenant TO regress_table_null_tenant_app;
SELECT tenancy.create_tenant('table_null_tenant.acme') AS acme, tenancy.create_tenant('table_null_tenant.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('table_null_tenant.acme', 'test') \gset
SET ROLE regress_table_null_tenant_owner;
CREATE TABLE table_null_tenant.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_null_tenant.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('table_null_tenant.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON table_null_tenant.doc TO regress_table_null_tenant_app;
RESET ROLE;
SET ROLE regress_table_null_tenant_owner;
CREATE TABLE table_null_tenant.doc_by_name (tenant_id text NOT NULL, id int, PRIMARY KEY (tenant_id, id));
INSERT INTO table_null_tenant.doc_by_name VALUES ('table_null_tenant.acme', 1), ('', 1);
SELECT tenancy.protect('table_null_tenant.doc_by_name');
GRANT SELECT, INSERT, UPDATE, DELETE ON table_null_tenant.doc_by_name TO regress_table_null_tenant_app;
-- NULL has no place in the column, before and after.
ALTER TABLE table_null_tenant.doc_by_name DROP CONSTRAINT doc_by_name_pkey;
ALTER TABLE table_null_tenant.doc_by_name ALTER COLUMN tenant_id DROP NOT NULL;
RESET ROLE;
-- The control: after SET LOCAL a setting of one's own is '', which rows may hold.
CREATE TABLE table_null_tenant.hand (tenant_id text, id int);
INSERT INTO table_null_tenant.hand VALUES ('table_null_tenant.acme', 1), ('', 1);
ALTER TABLE table_null_tenant.hand ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON table_null_tenant.hand USING (tenant_id = current_setting('app.tenant', true));
GRANT SELECT ON table_null_tenant.hand TO regress_table_null_tenant_app;
\c - regress_table_null_tenant_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT set_config('app.tenant', :'acme', true) = :'acme' AS hand;
SELECT * FROM table_null_tenant.doc_by_name;
INSERT INTO table_null_tenant.doc_by_name VALUES ('', 2);
INSERT INTO table_null_tenant.doc_by_name VALUES (NULL, 2);
UPDATE table_null_tenant.doc_by_name SET tenant_id = NULL;
INSERT INTO table_null_tenant.doc VALUES (NULL, 9, 'nobody');
COMMIT;
-- After the transaction: by hand the rows of '' appear; a protected table raises.
SELECT * FROM table_null_tenant.hand;
SELECT * FROM table_null_tenant.doc_by_name;
SELECT * FROM table_null_tenant.doc;
INSERT INTO table_null_tenant.doc (id) VALUES (9);
INSERT INTO table_null_tenant.doc_by_name (id) VALUES (9);
UPDATE table_null_tenant.doc SET body = 'x';
DELETE FROM table_null_tenant.doc;
-- Or shows nothing and takes nothing, where that is asked for.
SET tenancy.unbound = 'empty';
SELECT * FROM table_null_tenant.doc_by_name;
SELECT * FROM table_null_tenant.doc;
INSERT INTO table_null_tenant.doc (id) VALUES (9);
INSERT INTO table_null_tenant.doc_by_name VALUES ('', 9);
INSERT INTO table_null_tenant.doc VALUES (NULL, 9, 'nobody');
WITH changed AS (UPDATE table_null_tenant.doc SET body = 'x' RETURNING *) SELECT count(*) FROM changed;
WITH gone AS (DELETE FROM table_null_tenant.doc RETURNING *) SELECT count(*) FROM gone;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA table_null_tenant CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'table_null_tenant.%';
DROP ROLE regress_table_null_tenant_owner, regress_table_null_tenant_app;
