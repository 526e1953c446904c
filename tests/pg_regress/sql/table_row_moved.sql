-- A row is moved to another tenant, or taken from one: by INSERT, UPDATE, upsert and MERGE.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_table_row_moved_owner, regress_table_row_moved_app;
CREATE ROLE regress_table_row_moved_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_table_row_moved_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA table_row_moved AUTHORIZATION regress_table_row_moved_owner;
GRANT USAGE ON SCHEMA table_row_moved TO regress_table_row_moved_app;
SELECT tenancy.create_tenant('table_row_moved.acme') AS acme, tenancy.create_tenant('table_row_moved.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('table_row_moved.acme', 'test') \gset
SET ROLE regress_table_row_moved_owner;
CREATE TABLE table_row_moved.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_row_moved.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('table_row_moved.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON table_row_moved.doc TO regress_table_row_moved_app;
RESET ROLE;
-- The control: WITH CHECK (true), as is written to make an insert work.
CREATE TABLE table_row_moved.hand (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_row_moved.hand TABLE table_row_moved.doc;
ALTER TABLE table_row_moved.hand ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON table_row_moved.hand USING (tenant_id = current_setting('app.tenant')::uuid) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON table_row_moved.hand TO regress_table_row_moved_app;
\c - regress_table_row_moved_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT set_config('app.tenant', :'acme', true) = :'acme' AS hand;
INSERT INTO table_row_moved.hand VALUES (:'globex', 9, 'planted');
-- Written into the other tenant.
INSERT INTO table_row_moved.doc VALUES (:'globex', 9, 'planted');
INSERT INTO table_row_moved.doc SELECT :'globex', 9, 'planted' RETURNING *;
UPDATE table_row_moved.doc SET tenant_id = :'globex', id = 9;
UPDATE table_row_moved.doc SET (tenant_id, id) = (SELECT :'globex'::uuid, 9) WHERE id = 1;
INSERT INTO table_row_moved.doc VALUES (:'acme', 1, 'x') ON CONFLICT (tenant_id, id) DO UPDATE SET tenant_id = :'globex', id = 9;
INSERT INTO table_row_moved.doc VALUES (:'globex', 9, 'x') ON CONFLICT DO NOTHING;
MERGE INTO table_row_moved.doc d USING (VALUES (1)) v (id) ON d.id = v.id
    WHEN MATCHED THEN UPDATE SET tenant_id = :'globex', id = 9;
MERGE INTO table_row_moved.doc d USING (VALUES (9)) v (id) ON d.id = v.id
    WHEN NOT MATCHED THEN INSERT VALUES (:'globex', 9, 'planted');
WITH planted AS (INSERT INTO table_row_moved.doc VALUES (:'globex', 9, 'planted') RETURNING *) SELECT * FROM planted;
COPY table_row_moved.doc FROM STDIN;
-- Taken, changed or deleted there: no row is found.
UPDATE table_row_moved.doc SET tenant_id = :'acme', id = id + 100 WHERE tenant_id = :'globex' RETURNING body;
UPDATE table_row_moved.doc SET body = 'changed' WHERE tenant_id = :'globex' RETURNING body;
DELETE FROM table_row_moved.doc WHERE tenant_id = :'globex' RETURNING body;
DELETE FROM table_row_moved.doc d USING table_row_moved.doc o WHERE o.id = 3 RETURNING d.body;
INSERT INTO table_row_moved.doc VALUES (:'globex', 3, 'x') ON CONFLICT (tenant_id, id) DO UPDATE SET body = 'changed';
MERGE INTO table_row_moved.doc d USING (VALUES (3)) v (id) ON d.tenant_id = :'globex' AND d.id = v.id
    WHEN MATCHED THEN DELETE
    WHEN NOT MATCHED THEN DO NOTHING;
MERGE INTO table_row_moved.doc d USING (VALUES (3)) v (id) ON d.tenant_id = :'globex' AND d.id = v.id
    WHEN MATCHED THEN UPDATE SET body = 'changed';
-- What is stamped by default is the bound tenant.
INSERT INTO table_row_moved.doc (id, body) VALUES (7, 'stamped') RETURNING tenant_id = :'acme' AS mine;
INSERT INTO table_row_moved.doc VALUES (DEFAULT, 8, 'stamped') RETURNING tenant_id = :'acme' AS mine;
UPDATE table_row_moved.doc SET tenant_id = DEFAULT WHERE id = 8 RETURNING tenant_id = :'acme' AS mine;
COMMIT;
\c - :admin
SELECT body FROM table_row_moved.hand WHERE tenant_id = :'globex' ORDER BY body;
SELECT body FROM table_row_moved.doc WHERE tenant_id = :'globex' ORDER BY body;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA table_row_moved CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'table_row_moved.%';
DROP ROLE regress_table_row_moved_owner, regress_table_row_moved_app;
