-- SET row_security = off does not turn it off: a query that it would filter must fail.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_table_row_security_off_owner, regress_table_row_security_off_app;
CREATE ROLE regress_table_row_security_off_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_table_row_security_off_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA table_row_security_off AUTHORIZATION regress_table_row_security_off_owner;
GRANT USAGE ON SCHEMA table_row_security_off TO regress_table_row_security_off_app;
SELECT tenancy.create_tenant('table_row_security_off.acme') AS acme, tenancy.create_tenant('table_row_security_off.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('table_row_security_off.acme', 'test') \gset
SET ROLE regress_table_row_security_off_owner;
CREATE TABLE table_row_security_off.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_row_security_off.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('table_row_security_off.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON table_row_security_off.doc TO regress_table_row_security_off_app;
RESET ROLE;
\c - regress_table_row_security_off_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SET LOCAL row_security = off;
SELECT * FROM table_row_security_off.doc;
INSERT INTO table_row_security_off.doc (id) VALUES (9);
UPDATE table_row_security_off.doc SET body = 'x';
DELETE FROM table_row_security_off.doc;
COPY table_row_security_off.doc TO STDOUT;
SELECT set_config('row_security', 'off', true), (SELECT count(*) FROM table_row_security_off.doc);
DO $$ BEGIN PERFORM set_config('row_security', 'off', true); PERFORM count(*) FROM table_row_security_off.doc; END $$;
SET LOCAL row_security = on;
SELECT body FROM table_row_security_off.doc ORDER BY body;
ROLLBACK;
-- The owner, too: forced row security is not to be escaped by a setting.
\c - regress_table_row_security_off_owner
SET row_security = off;
SELECT count(*) FROM table_row_security_off.doc;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA table_row_security_off CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'table_row_security_off.%';
DROP ROLE regress_table_row_security_off_owner, regress_table_row_security_off_app;
