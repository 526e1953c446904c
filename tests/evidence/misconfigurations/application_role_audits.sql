-- check: application_role_administers
-- object: tenancy_auditor
-- shown: probe_read
GRANT tenancy_auditor TO tenancy_app;
