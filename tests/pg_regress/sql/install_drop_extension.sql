-- DROP EXTENSION fails closed: without CASCADE it stops at the policies; with it the tables show nothing to anybody but the exempt.
\set SHOW_CONTEXT never
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT current_user AS admin, current_database() AS home \gset
DROP DATABASE IF EXISTS regress_install_drop_extension;
DROP ROLE IF EXISTS regress_install_drop_extension_app, regress_install_drop_extension_owner;
CREATE ROLE regress_install_drop_extension_app LOGIN;
CREATE ROLE regress_install_drop_extension_owner LOGIN;
CREATE DATABASE regress_install_drop_extension TEMPLATE template0 ENCODING 'UTF8';
\c regress_install_drop_extension :admin
SET client_min_messages = warning;
CREATE EXTENSION pg_tenancy CASCADE;
SELECT tenancy.create_tenant('acme', tenant_id => '10000000-0000-4000-8000-000000000001') AS acme \gset
CREATE TABLE doc (tenant_id uuid NOT NULL, id int, PRIMARY KEY (tenant_id, id));
INSERT INTO doc VALUES (:'acme', 1);
ALTER TABLE doc OWNER TO regress_install_drop_extension_owner;
SELECT tenancy.protect('doc');
GRANT SELECT ON doc TO regress_install_drop_extension_app;
DROP EXTENSION pg_tenancy;
SET client_min_messages = error; -- not the list of what CASCADE drops
DROP EXTENSION pg_tenancy CASCADE;
SELECT polname FROM pg_policy WHERE polrelid = 'doc'::regclass ORDER BY 1;
SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 'doc'::regclass;
\c regress_install_drop_extension regress_install_drop_extension_app
SELECT * FROM doc;
\c regress_install_drop_extension regress_install_drop_extension_owner
SELECT * FROM doc;
-- Installed again, the table is to be protected again; the roles were kept.
\c regress_install_drop_extension :admin
SET client_min_messages = warning;
CREATE EXTENSION pg_tenancy;
SELECT tenancy.protect('doc');
SELECT count(*) FROM pg_policy WHERE polrelid = 'doc'::regclass;
\c :home :admin
SET client_min_messages = warning;
DROP DATABASE regress_install_drop_extension;
DROP ROLE regress_install_drop_extension_app, regress_install_drop_extension_owner;
