-- A SECURITY DEFINER function runs as its owner, and PUBLIC may execute it by default.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_table_security_definer_function_owner, regress_table_security_definer_function_app;
CREATE ROLE regress_table_security_definer_function_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_table_security_definer_function_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA table_security_definer_function AUTHORIZATION regress_table_security_definer_function_owner;
GRANT USAGE ON SCHEMA table_security_definer_function TO regress_table_security_definer_function_app;
SELECT tenancy.create_tenant('table_security_definer_function.acme') AS acme, tenancy.create_tenant('table_security_definer_function.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('table_security_definer_function.acme', 'test') \gset
SET ROLE regress_table_security_definer_function_owner;
CREATE TABLE table_security_definer_function.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_security_definer_function.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('table_security_definer_function.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON table_security_definer_function.doc TO regress_table_security_definer_function_app;
RESET ROLE;
-- The control: row security as one writes it by hand.
CREATE TABLE table_security_definer_function.hand (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_security_definer_function.hand TABLE table_security_definer_function.doc;
ALTER TABLE table_security_definer_function.hand ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON table_security_definer_function.hand USING (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON table_security_definer_function.hand TO regress_table_security_definer_function_app;
DROP ROLE IF EXISTS regress_table_security_definer_function_plain;
CREATE ROLE regress_table_security_definer_function_plain LOGIN; -- not a tenant's: the control
GRANT USAGE ON SCHEMA table_security_definer_function TO regress_table_security_definer_function_plain;
CREATE FUNCTION table_security_definer_function.hand_of_superuser() RETURNS SETOF table_security_definer_function.hand LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS 'SELECT * FROM table_security_definer_function.hand';
CREATE PROCEDURE table_security_definer_function.procedure_of_superuser() LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$ BEGIN RAISE NOTICE '%', (SELECT count(*) FROM table_security_definer_function.doc); END $$;
CREATE FUNCTION table_security_definer_function.doc_of_superuser() RETURNS SETOF table_security_definer_function.doc LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS 'SELECT * FROM table_security_definer_function.doc';
SET ROLE regress_table_security_definer_function_owner;
CREATE FUNCTION table_security_definer_function.doc_of_owner() RETURNS SETOF table_security_definer_function.doc LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS 'SELECT * FROM table_security_definer_function.doc';
-- It may not bind a tenant of its own choice behind the session's back either.
CREATE FUNCTION table_security_definer_function.rebind(credential text) RETURNS uuid LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS 'SELECT tenancy.bind(credential)';
RESET ROLE;
SELECT secret AS globex_key FROM tenancy.create_key('table_security_definer_function.globex', 'test') \gset
\c - regress_table_security_definer_function_plain
BEGIN;
SELECT set_config('app.tenant', :'acme', true) = :'acme' AS hand;
SELECT count(*) FROM table_security_definer_function.hand_of_superuser();
ROLLBACK;
\c - regress_table_security_definer_function_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT body FROM table_security_definer_function.doc_of_owner() ORDER BY body;
SELECT table_security_definer_function.rebind(:'globex_key');
-- As a superuser it would be exempt from row security, so a tenant's session does not run it.
SELECT count(*) FROM table_security_definer_function.doc_of_superuser();
SELECT table_security_definer_function.doc_of_superuser();
SELECT id FROM table_security_definer_function.doc WHERE id = (SELECT count(*) FROM table_security_definer_function.doc_of_superuser());
CALL table_security_definer_function.procedure_of_superuser();
DO $$ BEGIN PERFORM table_security_definer_function.doc_of_superuser(); END $$;
ROLLBACK;
-- Without a tenant there is nothing to be had from either.
SELECT count(*) FROM table_security_definer_function.doc_of_owner();
SELECT count(*) FROM table_security_definer_function.doc_of_superuser();
\c - :admin
SET client_min_messages = warning;
DROP OWNED BY regress_table_security_definer_function_plain;
DROP ROLE regress_table_security_definer_function_plain;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA table_security_definer_function CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'table_security_definer_function.%';
DROP ROLE regress_table_security_definer_function_owner, regress_table_security_definer_function_app;
