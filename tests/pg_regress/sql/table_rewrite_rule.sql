-- A rule's actions run with the rights of the owner of the relation that carries it.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_table_rewrite_rule_owner, regress_table_rewrite_rule_app;
CREATE ROLE regress_table_rewrite_rule_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_table_rewrite_rule_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA table_rewrite_rule AUTHORIZATION regress_table_rewrite_rule_owner;
GRANT USAGE ON SCHEMA table_rewrite_rule TO regress_table_rewrite_rule_app;
SELECT tenancy.create_tenant('table_rewrite_rule.acme') AS acme, tenancy.create_tenant('table_rewrite_rule.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('table_rewrite_rule.acme', 'test') \gset
SET ROLE regress_table_rewrite_rule_owner;
CREATE TABLE table_rewrite_rule.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_rewrite_rule.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('table_rewrite_rule.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON table_rewrite_rule.doc TO regress_table_rewrite_rule_app;
RESET ROLE;
-- The control: row security as one writes it by hand.
CREATE TABLE table_rewrite_rule.hand (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_rewrite_rule.hand TABLE table_rewrite_rule.doc;
ALTER TABLE table_rewrite_rule.hand ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON table_rewrite_rule.hand USING (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON table_rewrite_rule.hand TO regress_table_rewrite_rule_app;
CREATE TABLE table_rewrite_rule.trash (id int);
CREATE RULE spill AS ON INSERT TO table_rewrite_rule.trash DO ALSO DELETE FROM table_rewrite_rule.hand;
GRANT SELECT, INSERT ON table_rewrite_rule.trash TO regress_table_rewrite_rule_app;
\set VERBOSITY default
CREATE RULE spill AS ON INSERT TO table_rewrite_rule.doc DO ALSO NOTIFY somebody;
\set VERBOSITY terse
-- Where the rule stands on another table, or on a view that runs as who asks, it reaches the protected one all the same.
CREATE TABLE table_rewrite_rule.bin (id int);
GRANT SELECT, INSERT ON table_rewrite_rule.bin TO regress_table_rewrite_rule_app;
CREATE RULE spill AS ON INSERT TO table_rewrite_rule.bin DO ALSO DELETE FROM table_rewrite_rule.doc WHERE id = 3;
CREATE VIEW table_rewrite_rule.doc_view WITH (security_invoker) AS SELECT * FROM table_rewrite_rule.doc;
GRANT SELECT, INSERT ON table_rewrite_rule.doc_view TO regress_table_rewrite_rule_app;
CREATE RULE spill AS ON INSERT TO table_rewrite_rule.doc_view DO INSTEAD INSERT INTO table_rewrite_rule.doc VALUES (NEW.tenant_id, NEW.id, NEW.body);
\c - regress_table_rewrite_rule_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT set_config('app.tenant', :'acme', true) = :'acme' AS hand;
INSERT INTO table_rewrite_rule.trash VALUES (1);
INSERT INTO table_rewrite_rule.bin VALUES (1);
INSERT INTO table_rewrite_rule.doc_view VALUES (:'globex', 9, 'planted');
COMMIT;
\c - :admin
SELECT count(*) AS rows_by_hand FROM table_rewrite_rule.hand;
SELECT body FROM table_rewrite_rule.doc WHERE tenant_id = :'globex' ORDER BY body;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA table_rewrite_rule CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'table_rewrite_rule.%';
DROP ROLE regress_table_rewrite_rule_owner, regress_table_rewrite_rule_app;
