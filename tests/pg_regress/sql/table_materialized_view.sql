-- A materialized view holds a copy of all tenants' rows, and has no row security.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_table_materialized_view_owner, regress_table_materialized_view_app;
CREATE ROLE regress_table_materialized_view_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_table_materialized_view_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA table_materialized_view AUTHORIZATION regress_table_materialized_view_owner;
GRANT USAGE ON SCHEMA table_materialized_view TO regress_table_materialized_view_app;
SELECT tenancy.create_tenant('table_materialized_view.acme') AS acme, tenancy.create_tenant('table_materialized_view.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('table_materialized_view.acme', 'test') \gset
SET ROLE regress_table_materialized_view_owner;
CREATE TABLE table_materialized_view.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_materialized_view.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('table_materialized_view.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON table_materialized_view.doc TO regress_table_materialized_view_app;
RESET ROLE;
-- The control: row security as one writes it by hand.
CREATE TABLE table_materialized_view.hand (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_materialized_view.hand TABLE table_materialized_view.doc;
ALTER TABLE table_materialized_view.hand ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON table_materialized_view.hand USING (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON table_materialized_view.hand TO regress_table_materialized_view_app;
CREATE MATERIALIZED VIEW table_materialized_view.hand_copy AS SELECT * FROM table_materialized_view.hand;
GRANT SELECT ON table_materialized_view.hand_copy TO regress_table_materialized_view_app;
\set VERBOSITY default
CREATE MATERIALIZED VIEW table_materialized_view.doc_copy AS SELECT * FROM table_materialized_view.doc;
\set VERBOSITY terse
CREATE VIEW table_materialized_view.doc_view WITH (security_invoker) AS SELECT * FROM table_materialized_view.doc;
GRANT SELECT ON table_materialized_view.doc_view TO regress_table_materialized_view_app;
CREATE MATERIALIZED VIEW table_materialized_view.doc_copy AS SELECT id FROM table_materialized_view.doc_view;
CREATE MATERIALIZED VIEW table_materialized_view.doc_copy AS SELECT id FROM table_materialized_view.doc WITH NO DATA;
SELECT to_regclass('table_materialized_view.doc_copy');
-- One that is there already stands in the way of protect.
CREATE MATERIALIZED VIEW table_materialized_view.hand_copy_of_copy AS SELECT * FROM table_materialized_view.hand_copy;
SELECT tenancy.protect('table_materialized_view.hand');
\c - regress_table_materialized_view_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT set_config('app.tenant', :'acme', true) = :'acme' AS hand;
SELECT count(*) FROM table_materialized_view.hand_copy;
SELECT body FROM table_materialized_view.doc_view ORDER BY body;
ROLLBACK;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA table_materialized_view CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'table_materialized_view.%';
DROP ROLE regress_table_materialized_view_owner, regress_table_materialized_view_app;
