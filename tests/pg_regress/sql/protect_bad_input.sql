-- What cannot be protected: one clear error each, nothing half done, the session alive.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_protect_bad_input_owner, regress_protect_bad_input_app;
CREATE ROLE regress_protect_bad_input_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_protect_bad_input_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA protect_bad_input AUTHORIZATION regress_protect_bad_input_owner;
GRANT USAGE ON SCHEMA protect_bad_input TO regress_protect_bad_input_app;
SELECT tenancy.create_tenant('protect_bad_input.acme') AS acme, tenancy.create_tenant('protect_bad_input.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('protect_bad_input.acme', 'test') \gset
SET ROLE regress_protect_bad_input_owner;
CREATE TABLE protect_bad_input.doc (tenant_id uuid NOT NULL, id int, PRIMARY KEY (tenant_id, id));
CREATE TABLE protect_bad_input.parted (tenant_id uuid NOT NULL, id int) PARTITION BY RANGE (id);
CREATE TABLE protect_bad_input.part PARTITION OF protect_bad_input.parted DEFAULT;
CREATE VIEW protect_bad_input.a_view AS SELECT * FROM protect_bad_input.part;
CREATE MATERIALIZED VIEW protect_bad_input.a_copy AS SELECT * FROM protect_bad_input.part;
CREATE SEQUENCE protect_bad_input.a_sequence;
CREATE TYPE protect_bad_input.a_type AS (tenant_id uuid);
CREATE TEMP TABLE a_temp_table (tenant_id uuid NOT NULL);
RESET ROLE;
CREATE FOREIGN DATA WRAPPER protect_bad_input_wrapper;
CREATE SERVER protect_bad_input_server FOREIGN DATA WRAPPER protect_bad_input_wrapper;
CREATE FOREIGN TABLE protect_bad_input.a_foreign_table (tenant_id uuid) SERVER protect_bad_input_server;
\set VERBOSITY default
-- No table, or not a table that can carry row security.
SELECT tenancy.protect('protect_bad_input.nowhere');
SELECT tenancy.protect('nowhere.doc');
SELECT tenancy.protect('');
SELECT tenancy.protect(0);
SELECT tenancy.protect(4000000000);
SELECT tenancy.protect('protect_bad_input.a_view');
SELECT tenancy.protect('protect_bad_input.a_copy');
SELECT tenancy.protect('protect_bad_input.a_sequence');
SELECT tenancy.protect('protect_bad_input.a_type');
SELECT tenancy.protect('protect_bad_input.doc_pkey');
SELECT tenancy.protect('protect_bad_input.a_foreign_table');
SELECT tenancy.protect('protect_bad_input.part');
SELECT tenancy.protect('a_temp_table');
SELECT tenancy.protect('pg_class');
SELECT tenancy.protect('information_schema.tables');
SELECT tenancy.protect('information_schema.sql_features');
SELECT tenancy.protect('tenancy.tenant');
SELECT tenancy.protect('tenancy.api_key');
-- NULL.
SELECT tenancy.protect(NULL);
SELECT tenancy.protect('protect_bad_input.doc', NULL);
SELECT tenancy.unprotect(NULL);
SELECT tenancy.manage_schema(NULL);
SELECT tenancy.manage_schema('protect_bad_input', NULL);
SELECT tenancy.unmanage_schema(NULL);
-- No such column, or none that can name a tenant.
SELECT tenancy.protect('protect_bad_input.doc', 'customer_id');
SELECT tenancy.protect('protect_bad_input.doc', '');
SELECT tenancy.protect('protect_bad_input.doc', 'TENANT_ID');
\set VERBOSITY terse
SELECT tenancy.protect('protect_bad_input.doc', 'ctid');
SELECT tenancy.protect('protect_bad_input.doc', 'tableoid');
SELECT tenancy.protect('protect_bad_input.doc', 'id; DROP TABLE protect_bad_input.doc');
CREATE DOMAIN protect_bad_input.a_domain AS uuid;
CREATE TABLE protect_bad_input.wrong (a varchar, b char(8), c numeric, d smallint, e bytea, f jsonb, g uuid[], h protect_bad_input.a_domain, i name,
                       l boolean, m timestamptz, n text,
                       k text GENERATED ALWAYS AS (n || '') STORED);
\set VERBOSITY default
SELECT tenancy.protect('protect_bad_input.wrong', 'a');
SELECT tenancy.protect('protect_bad_input.wrong', 'h');
SELECT tenancy.protect('protect_bad_input.wrong', 'k');
\set VERBOSITY terse
SELECT tenancy.protect('protect_bad_input.wrong', 'b');
SELECT tenancy.protect('protect_bad_input.wrong', 'c');
SELECT tenancy.protect('protect_bad_input.wrong', 'd');
SELECT tenancy.protect('protect_bad_input.wrong', 'e');
SELECT tenancy.protect('protect_bad_input.wrong', 'f');
SELECT tenancy.protect('protect_bad_input.wrong', 'g');
SELECT tenancy.protect('protect_bad_input.wrong', 'i');
SELECT tenancy.protect('protect_bad_input.wrong', 'l');
SELECT tenancy.protect('protect_bad_input.wrong', 'm');
\set VERBOSITY default
-- A policy of one's own under a reserved name.
CREATE TABLE protect_bad_input.policed (tenant_id uuid PRIMARY KEY);
CREATE POLICY tenancy_select ON protect_bad_input.policed USING (true);
CREATE POLICY tenancy_mine ON protect_bad_input.policed USING (true);
SELECT tenancy.protect('protect_bad_input.policed');
-- Twice, and not at all.
CREATE TABLE protect_bad_input.twice (tenant_id uuid PRIMARY KEY);
SELECT tenancy.protect('protect_bad_input.twice');
SELECT tenancy.protect('protect_bad_input.twice');
SELECT tenancy.unprotect('protect_bad_input.doc');
SELECT tenancy.unprotect('protect_bad_input.a_view');
-- Schemas that are not one's own to manage.
SELECT tenancy.manage_schema('nowhere');
SELECT tenancy.manage_schema('pg_catalog');
SELECT tenancy.manage_schema('information_schema');
SELECT tenancy.manage_schema('tenancy');
SELECT tenancy.manage_schema('pg_toast');
SELECT tenancy.unmanage_schema('protect_bad_input');
-- By the wrong role: not the owner; the owner without tenancy_admin; the application; nobody.
DROP ROLE IF EXISTS regress_protect_bad_input_other;
CREATE ROLE regress_protect_bad_input_other;
GRANT USAGE ON SCHEMA protect_bad_input TO regress_protect_bad_input_other;
GRANT tenancy_admin TO regress_protect_bad_input_other;
SET ROLE regress_protect_bad_input_other;
SELECT tenancy.protect('protect_bad_input.doc');
SELECT tenancy.unprotect('protect_bad_input.twice');
SELECT tenancy.manage_schema('protect_bad_input');
SELECT tenancy.unmanage_schema('protect_bad_input');
RESET ROLE;
REVOKE tenancy_admin FROM regress_protect_bad_input_other;
SET ROLE regress_protect_bad_input_other;
SELECT tenancy.protect('protect_bad_input.doc');
RESET ROLE;
GRANT tenancy_auditor TO regress_protect_bad_input_other;
SET ROLE regress_protect_bad_input_other;
SELECT tenancy.protect('protect_bad_input.doc');
SELECT tenancy.unprotect('protect_bad_input.twice');
RESET ROLE;
\c - regress_protect_bad_input_app
SELECT tenancy.protect('protect_bad_input.doc');
SELECT tenancy.unprotect('protect_bad_input.twice');
SELECT tenancy.manage_schema('protect_bad_input');
-- All that was done is this.
\c - :admin
SELECT relation FROM tenancy.protected_table WHERE relation::text LIKE 'protect_bad_input%';
SELECT schema_name FROM tenancy.managed_schema WHERE schema_name = 'protect_bad_input';
SELECT c.oid::regclass AS relation FROM pg_class c
WHERE c.relnamespace = 'protect_bad_input'::regnamespace AND (c.relrowsecurity OR c.relforcerowsecurity) ORDER BY 1;
SET client_min_messages = warning;
DROP FOREIGN DATA WRAPPER protect_bad_input_wrapper CASCADE;
REVOKE ALL ON SCHEMA protect_bad_input FROM regress_protect_bad_input_other;
DROP ROLE regress_protect_bad_input_other;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA protect_bad_input CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'protect_bad_input.%';
DROP ROLE regress_protect_bad_input_owner, regress_protect_bad_input_app;
