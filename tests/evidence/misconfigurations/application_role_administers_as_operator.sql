-- check: application_role_administers
-- object: tenancy_admin
-- The operator tries what the application does.
GRANT tenancy_app TO operator;
