-- Default privileges of the role that installs the extension, as many databases have them for their application, must not reach
-- the tables of tenants and keys, nor the functions that make them.
\set SHOW_CONTEXT never
\set VERBOSITY default
SET client_min_messages = warning;
SELECT current_user AS admin, current_database() AS home \gset
DROP DATABASE IF EXISTS regress_install_default_privileges;
DROP ROLE IF EXISTS regress_install_default_privileges_app;
CREATE DATABASE regress_install_default_privileges TEMPLATE template0 ENCODING 'UTF8';
CREATE ROLE regress_install_default_privileges_app LOGIN IN ROLE tenancy_app;
\c regress_install_default_privileges :admin
SET client_min_messages = warning;
CREATE EXTENSION vector;
-- On schemas they are refused, as is any prepared schema.
ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO regress_install_default_privileges_app;
CREATE EXTENSION pg_tenancy;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON SCHEMAS FROM regress_install_default_privileges_app;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO regress_install_default_privileges_app, tenancy_app, PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO regress_install_default_privileges_app, tenancy_app, PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT ALL ON ROUTINES TO regress_install_default_privileges_app, tenancy_app, PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TYPES TO regress_install_default_privileges_app, tenancy_app, PUBLIC;
CREATE EXTENSION pg_tenancy;
-- Nobody but the extension's roles has anything, and tenancy_app no more than it was given.
SELECT o.oid, x.grantee, x.privilege_type
FROM (SELECT oid::regclass::text AS oid, coalesce(relacl, acldefault('r', relowner)) AS acl FROM pg_class WHERE relnamespace = 'tenancy'::regnamespace
      UNION ALL
      SELECT oid::regprocedure::text, coalesce(proacl, acldefault('f', proowner)) FROM pg_proc WHERE pronamespace = 'tenancy'::regnamespace
      UNION ALL
      SELECT oid::regtype::text, coalesce(typacl, acldefault('T', typowner)) FROM pg_type WHERE typnamespace = 'tenancy'::regnamespace AND typrelid = 0 AND typelem = 0
      UNION ALL
      SELECT nspname, nspacl FROM pg_namespace WHERE nspname = 'tenancy') o, aclexplode(o.acl) x
WHERE x.grantee <> ALL ('{tenancy_admin,tenancy_auditor,tenancy_app}'::regrole[]::oid[]) AND x.grantee <> current_user::regrole;
SELECT oid::regclass FROM pg_class
WHERE relnamespace = 'tenancy'::regnamespace AND relkind IN ('r', 'v', 'S') AND has_table_privilege('tenancy_app', oid, 'SELECT') ORDER BY oid::regclass::text;
SELECT count(*) FROM pg_proc WHERE pronamespace = 'tenancy'::regnamespace AND proname IN ('create_key', 'create_tenant', 'protect', 'prove', 'seal')
AND has_function_privilege('tenancy_app', oid, 'EXECUTE');
SELECT tenancy.create_tenant('acme', tenant_id => 'acacacac-0000-4000-8000-000000000001');
\c - regress_install_default_privileges_app
SELECT count(*) FROM tenancy.api_key;
INSERT INTO tenancy.api_key DEFAULT VALUES;
SELECT tenancy.create_key('acme', 'mine');
SELECT * FROM tenancy.tenant_list;
UPDATE tenancy.protected_table SET shared = true;
SELECT nextval('tenancy.tenant_tenant_number_seq');
\c - :admin
SET client_min_messages = warning;
SELECT verdict IS NOT NULL AS proved FROM tenancy.prove();
SELECT object, message FROM tenancy.evidence_finding WHERE check_id = 'extension_privilege';
\c :home :admin
SET client_min_messages = warning;
DROP DATABASE regress_install_default_privileges;
DROP ROLE regress_install_default_privileges_app;
