-- unprotect takes off what protect put on, and nothing of the user's.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_protect_unprotect_owner, regress_protect_unprotect_app;
CREATE ROLE regress_protect_unprotect_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_protect_unprotect_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA protect_unprotect AUTHORIZATION regress_protect_unprotect_owner;
GRANT USAGE ON SCHEMA protect_unprotect TO regress_protect_unprotect_app;
SELECT tenancy.create_tenant('protect_unprotect.acme') AS acme, tenancy.create_tenant('protect_unprotect.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('protect_unprotect.acme', 'test') \gset
SET ROLE regress_protect_unprotect_owner;
CREATE TABLE protect_unprotect.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id)) PARTITION BY RANGE (id);
CREATE TABLE protect_unprotect.part PARTITION OF protect_unprotect.doc DEFAULT;
CREATE TABLE protect_unprotect.policed (tenant_id uuid NOT NULL, id int, PRIMARY KEY (tenant_id, id));
ALTER TABLE protect_unprotect.policed ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON protect_unprotect.policed USING (id > 0);
SELECT tenancy.protect('protect_unprotect.doc');
SELECT tenancy.protect('protect_unprotect.policed');
CREATE POLICY later ON protect_unprotect.doc AS RESTRICTIVE FOR SELECT USING (id < 100);
\set VERBOSITY default
-- A partition is its root's.
SELECT tenancy.unprotect('protect_unprotect.part');
\set VERBOSITY terse
SELECT tenancy.unprotect('protect_unprotect.policed');
SELECT tenancy.unprotect('protect_unprotect.doc');
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
       (SELECT array_agg(polname) FROM pg_policy WHERE polrelid = c.oid) AS policies,
       (SELECT count(*) FROM pg_attrdef WHERE adrelid = c.oid) AS defaults
FROM pg_class c WHERE c.relnamespace = 'protect_unprotect'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1;
SELECT tenancy.unprotect('protect_unprotect.doc');
-- Protected again it is as it was.
SELECT tenancy.protect('protect_unprotect.doc');
SELECT count(*) AS policies FROM pg_policies WHERE schemaname = 'protect_unprotect' AND policyname LIKE 'tenancy%';
SELECT count(*) FROM protect_unprotect.doc;
-- Dropped, it is forgotten; a table of the same name is a new one.
DROP TABLE protect_unprotect.doc;
CREATE TABLE protect_unprotect.doc (tenant_id uuid NOT NULL, id int, PRIMARY KEY (tenant_id, id));
SELECT count(*) FROM tenancy.protected_table WHERE relation = 'protect_unprotect.doc'::regclass;
SELECT tenancy.protect('protect_unprotect.doc');
-- Rolled back, it was never unprotected.
BEGIN;
SELECT tenancy.unprotect('protect_unprotect.doc');
ROLLBACK;
SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 'protect_unprotect.doc'::regclass;
DROP POLICY tenancy_select ON protect_unprotect.doc;
RESET ROLE;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA protect_unprotect CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'protect_unprotect.%';
DROP ROLE regress_protect_unprotect_owner, regress_protect_unprotect_app;
