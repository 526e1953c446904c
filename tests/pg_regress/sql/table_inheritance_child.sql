-- An inheritance child is a table of its own: asked directly, its parent's policies do not count.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_table_inheritance_child_owner, regress_table_inheritance_child_app;
CREATE ROLE regress_table_inheritance_child_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_table_inheritance_child_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA table_inheritance_child AUTHORIZATION regress_table_inheritance_child_owner;
GRANT USAGE ON SCHEMA table_inheritance_child TO regress_table_inheritance_child_app;
SELECT tenancy.create_tenant('table_inheritance_child.acme') AS acme, tenancy.create_tenant('table_inheritance_child.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('table_inheritance_child.acme', 'test') \gset
SET ROLE regress_table_inheritance_child_owner;
CREATE TABLE table_inheritance_child.doc (tenant_id uuid NOT NULL, id int, body text);
CREATE INDEX ON table_inheritance_child.doc (tenant_id);
CREATE TABLE table_inheritance_child.child (extra text) INHERITS (table_inheritance_child.doc);
CREATE TABLE table_inheritance_child.grandchild () INHERITS (table_inheritance_child.child);
INSERT INTO table_inheritance_child.doc VALUES (:'acme', 1, 'acme 1'), (:'globex', 1, 'globex 1');
INSERT INTO table_inheritance_child.child VALUES (:'acme', 2, 'acme 2'), (:'globex', 2, 'globex 2');
INSERT INTO table_inheritance_child.grandchild VALUES (:'acme', 3, 'acme 3'), (:'globex', 3, 'globex 3');
SET client_min_messages = error; -- not the notices about missing indexes
-- A child alone would be read through its parent.
SELECT tenancy.protect('table_inheritance_child.child');
SELECT tenancy.protect('table_inheritance_child.doc');
CREATE TABLE table_inheritance_child.later () INHERITS (table_inheritance_child.doc);
CREATE TABLE table_inheritance_child.adopted (tenant_id uuid NOT NULL, id int, body text);
INSERT INTO table_inheritance_child.adopted VALUES (:'acme', 5, 'acme 5'), (:'globex', 5, 'globex 5');
ALTER TABLE table_inheritance_child.adopted INHERIT table_inheritance_child.doc;
-- Nor may a protected table come below another.
CREATE TABLE table_inheritance_child.foster (tenant_id uuid NOT NULL, id int, body text);
ALTER TABLE table_inheritance_child.doc INHERIT table_inheritance_child.foster;
RESET ROLE;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA table_inheritance_child TO regress_table_inheritance_child_app;
-- The control: the parent's policy alone.
CREATE TABLE table_inheritance_child.hand (tenant_id uuid, id int);
CREATE TABLE table_inheritance_child.hand_child () INHERITS (table_inheritance_child.hand);
INSERT INTO table_inheritance_child.hand_child VALUES (:'acme', 1), (:'globex', 1);
ALTER TABLE table_inheritance_child.hand ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON table_inheritance_child.hand USING (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT ON table_inheritance_child.hand, table_inheritance_child.hand_child TO regress_table_inheritance_child_app;
\c - regress_table_inheritance_child_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT set_config('app.tenant', :'acme', true) = :'acme' AS hand;
SELECT count(*) FROM table_inheritance_child.hand_child;
SELECT tableoid::regclass, body FROM table_inheritance_child.doc ORDER BY body;
SELECT body FROM ONLY table_inheritance_child.doc;
SELECT body FROM table_inheritance_child.child ORDER BY body;
SELECT body FROM table_inheritance_child.grandchild;
SELECT body FROM table_inheritance_child.adopted;
INSERT INTO table_inheritance_child.later VALUES (:'globex', 4, 'planted');
INSERT INTO table_inheritance_child.grandchild VALUES (:'globex', 4, 'planted');
UPDATE table_inheritance_child.adopted SET tenant_id = :'globex';
ROLLBACK;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA table_inheritance_child CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'table_inheritance_child.%';
DROP ROLE regress_table_inheritance_child_owner, regress_table_inheritance_child_app;
