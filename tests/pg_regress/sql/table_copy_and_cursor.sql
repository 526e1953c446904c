-- Other ways to the rows: COPY, cursors, ctid, row locks, functions that run a query.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_table_copy_and_cursor_owner, regress_table_copy_and_cursor_app;
CREATE ROLE regress_table_copy_and_cursor_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_table_copy_and_cursor_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA table_copy_and_cursor AUTHORIZATION regress_table_copy_and_cursor_owner;
GRANT USAGE ON SCHEMA table_copy_and_cursor TO regress_table_copy_and_cursor_app;
SELECT tenancy.create_tenant('table_copy_and_cursor.acme') AS acme, tenancy.create_tenant('table_copy_and_cursor.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('table_copy_and_cursor.acme', 'test') \gset
SET ROLE regress_table_copy_and_cursor_owner;
CREATE TABLE table_copy_and_cursor.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_copy_and_cursor.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('table_copy_and_cursor.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON table_copy_and_cursor.doc TO regress_table_copy_and_cursor_app;
RESET ROLE;
\c - regress_table_copy_and_cursor_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
COPY (SELECT body FROM table_copy_and_cursor.doc ORDER BY id) TO STDOUT;
COPY table_copy_and_cursor.doc (body) TO STDOUT;
COPY table_copy_and_cursor.doc TO PROGRAM 'cat';
COPY table_copy_and_cursor.doc TO '/tmp/table_copy_and_cursor';
COPY table_copy_and_cursor.doc FROM STDIN;
DECLARE all_rows SCROLL CURSOR FOR SELECT body FROM table_copy_and_cursor.doc ORDER BY id;
FETCH ALL all_rows;
FETCH ABSOLUTE 5 all_rows;
CLOSE all_rows;
DECLARE hold CURSOR WITH HOLD FOR SELECT body FROM table_copy_and_cursor.doc;
DECLARE moving CURSOR FOR SELECT * FROM table_copy_and_cursor.doc WHERE id = 1 FOR UPDATE;
MOVE moving;
UPDATE table_copy_and_cursor.doc SET tenant_id = :'globex', id = 9 WHERE CURRENT OF moving;
CLOSE moving;
-- Every row's place, whoever it belongs to: only one's own are there.
SELECT body FROM table_copy_and_cursor.doc WHERE ctid = ANY (ARRAY(SELECT format('(0,%s)', n)::tid FROM generate_series(1, 50) n)) ORDER BY body;
SELECT count(*) FROM table_copy_and_cursor.doc WHERE ctid >= '(0,0)';
SELECT count(*) FROM table_copy_and_cursor.doc WHERE tableoid = 'table_copy_and_cursor.doc'::regclass;
SELECT count(*) FROM table_copy_and_cursor.doc TABLESAMPLE SYSTEM (100);
SELECT body FROM table_copy_and_cursor.doc ORDER BY id FOR UPDATE;
SELECT body FROM table_copy_and_cursor.doc WHERE id = 3 FOR SHARE SKIP LOCKED;
SELECT DISTINCT y.body FROM table_copy_and_cursor.doc d, LATERAL (SELECT * FROM table_copy_and_cursor.doc x WHERE x.id >= d.id) y ORDER BY 1;
SELECT body FROM table_copy_and_cursor.doc WHERE EXISTS (SELECT FROM table_copy_and_cursor.doc o WHERE o.body LIKE 'globex%');
SELECT nentry FROM ts_stat('SELECT to_tsvector(''simple'', body) FROM table_copy_and_cursor.doc') WHERE word IN ('acme', 'globex');
DO $$ BEGIN RAISE NOTICE 'rows: %', (SELECT count(*) FROM table_copy_and_cursor.doc); END $$;
ROLLBACK;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA table_copy_and_cursor CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'table_copy_and_cursor.%';
DROP ROLE regress_table_copy_and_cursor_owner, regress_table_copy_and_cursor_app;
