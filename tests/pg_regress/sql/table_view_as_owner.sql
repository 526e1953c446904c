-- A view without security_invoker reads as its owner.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_table_view_as_owner_owner, regress_table_view_as_owner_app;
CREATE ROLE regress_table_view_as_owner_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_table_view_as_owner_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA table_view_as_owner AUTHORIZATION regress_table_view_as_owner_owner;
GRANT USAGE ON SCHEMA table_view_as_owner TO regress_table_view_as_owner_app;
SELECT tenancy.create_tenant('table_view_as_owner.acme') AS acme, tenancy.create_tenant('table_view_as_owner.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('table_view_as_owner.acme', 'test') \gset
SET ROLE regress_table_view_as_owner_owner;
CREATE TABLE table_view_as_owner.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_view_as_owner.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('table_view_as_owner.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON table_view_as_owner.doc TO regress_table_view_as_owner_app;
RESET ROLE;
-- The control: row security as one writes it by hand.
CREATE TABLE table_view_as_owner.hand (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_view_as_owner.hand TABLE table_view_as_owner.doc;
ALTER TABLE table_view_as_owner.hand ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON table_view_as_owner.hand USING (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON table_view_as_owner.hand TO regress_table_view_as_owner_app;
CREATE VIEW table_view_as_owner.hand_view AS SELECT * FROM table_view_as_owner.hand;
GRANT SELECT ON table_view_as_owner.hand_view TO regress_table_view_as_owner_app;
\set VERBOSITY default
CREATE VIEW table_view_as_owner.doc_view AS SELECT * FROM table_view_as_owner.doc;
\set VERBOSITY terse
CREATE VIEW table_view_as_owner.doc_view WITH (security_barrier) AS SELECT * FROM table_view_as_owner.doc;
CREATE VIEW table_view_as_owner.doc_view AS SELECT id FROM (SELECT * FROM table_view_as_owner.doc) d;
CREATE VIEW table_view_as_owner.doc_view AS SELECT EXISTS (SELECT FROM table_view_as_owner.doc);
CREATE VIEW table_view_as_owner.doc_view AS WITH d AS (SELECT * FROM table_view_as_owner.doc) SELECT * FROM d;
CREATE RECURSIVE VIEW table_view_as_owner.doc_view (id) AS SELECT id FROM table_view_as_owner.doc;
-- One that runs as who asks is welcome, and stays so.
CREATE VIEW table_view_as_owner.doc_view WITH (security_invoker) AS SELECT * FROM table_view_as_owner.doc;
ALTER VIEW table_view_as_owner.doc_view RESET (security_invoker);
ALTER VIEW table_view_as_owner.doc_view SET (security_invoker = false);
ALTER TABLE table_view_as_owner.doc_view SET (security_invoker = off);
CREATE OR REPLACE VIEW table_view_as_owner.doc_view AS SELECT * FROM table_view_as_owner.doc;
-- Below another view it would be read as that view's owner.
CREATE VIEW table_view_as_owner.outer_view AS SELECT * FROM table_view_as_owner.doc_view;
GRANT ALL ON table_view_as_owner.doc_view TO regress_table_view_as_owner_app;
-- Inside CREATE SCHEMA it is no better.
CREATE SCHEMA table_view_as_owner_more CREATE VIEW doc_view AS SELECT * FROM table_view_as_owner.doc;
CREATE SCHEMA IF NOT EXISTS table_view_as_owner_more;
GRANT USAGE ON SCHEMA table_view_as_owner_more TO regress_table_view_as_owner_app;
GRANT SELECT ON ALL TABLES IN SCHEMA table_view_as_owner_more TO regress_table_view_as_owner_app;
\c - regress_table_view_as_owner_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT set_config('app.tenant', :'acme', true) = :'acme' AS hand;
SELECT count(*) FROM table_view_as_owner.hand_view;
SELECT body FROM table_view_as_owner.doc_view ORDER BY body;
UPDATE table_view_as_owner.doc_view SET body = 'acme changed';
INSERT INTO table_view_as_owner.doc_view VALUES (:'globex', 9, 'planted');
SELECT count(*) FROM table_view_as_owner_more.doc_view;
ROLLBACK;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA table_view_as_owner_more CASCADE;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA table_view_as_owner CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'table_view_as_owner.%';
DROP ROLE regress_table_view_as_owner_owner, regress_table_view_as_owner_app;
