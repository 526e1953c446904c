-- check: extension_privilege
-- object: tenancy.tenant
-- To show the tenant's name.
GRANT SELECT ON tenancy.tenant TO app;
