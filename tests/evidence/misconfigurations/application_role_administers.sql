-- check: application_role_administers
-- object: tenancy_admin
-- The application was to sign up tenants by itself.
GRANT tenancy_admin TO app;
