-- check: exempt_application_role
-- object: postgres
-- The application was to log in as its administrator for a moment.
GRANT tenancy_app TO postgres;
