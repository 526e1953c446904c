-- A definer function without a pinned search_path runs what the caller puts first: in pg_temp, or in a schema of its own.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_table_definer_search_path_owner, regress_table_definer_search_path_app;
CREATE ROLE regress_table_definer_search_path_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_table_definer_search_path_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA table_definer_search_path AUTHORIZATION regress_table_definer_search_path_owner;
GRANT USAGE ON SCHEMA table_definer_search_path TO regress_table_definer_search_path_app;
SELECT tenancy.create_tenant('table_definer_search_path.acme') AS acme, tenancy.create_tenant('table_definer_search_path.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('table_definer_search_path.acme', 'test') \gset
SET ROLE regress_table_definer_search_path_owner;
CREATE TABLE table_definer_search_path.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_definer_search_path.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('table_definer_search_path.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON table_definer_search_path.doc TO regress_table_definer_search_path_app;
RESET ROLE;
SET ROLE regress_table_definer_search_path_owner;
SET check_function_bodies = off;
CREATE FUNCTION table_definer_search_path.total() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM doc';
RESET ROLE;
\c - regress_table_definer_search_path_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SET LOCAL search_path = table_definer_search_path;
SELECT table_definer_search_path.total();
-- The caller's own doc would go first.
CREATE TEMP TABLE doc (id int);
CREATE TABLE pg_temp.doc (id int);
CREATE VIEW pg_temp.doc AS SELECT 1;
CREATE TEMP VIEW doc AS SELECT 1;
CREATE TEMP SEQUENCE doc;
SELECT 1 AS id INTO TEMP doc;
CREATE TEMP TABLE doc AS SELECT 1 AS id;
CREATE FUNCTION pg_temp.count() RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint';
CREATE TYPE pg_temp.doc AS (id int);
CREATE DOMAIN pg_temp.doc AS int;
SET LOCAL search_path = pg_temp, table_definer_search_path;
CREATE TABLE doc (id int);
DO $$ BEGIN EXECUTE 'CREATE TEMP TABLE doc (id int)'; END $$;
SELECT table_definer_search_path.total();
ROLLBACK;
\c - :admin
-- The extension's own functions pin theirs, and call nothing by a bare name.
SELECT p.oid::regprocedure AS function_without_search_path
FROM pg_proc p
WHERE p.pronamespace = 'tenancy'::regnamespace AND p.prosecdef
  AND NOT coalesce(p.proconfig @> ARRAY['search_path=pg_catalog, pg_temp'], false);
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA table_definer_search_path CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'table_definer_search_path.%';
DROP ROLE regress_table_definer_search_path_owner, regress_table_definer_search_path_app;
