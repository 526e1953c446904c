-- check: extension_privilege
-- object: tenancy.api_key
GRANT SELECT (name, tenant_id) ON tenancy.api_key TO tenancy_app;
