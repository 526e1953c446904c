-- check: application_role_administers
-- object: tenancy_auditor
GRANT tenancy_auditor TO tenancy_app;
