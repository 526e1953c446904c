-- check: default_privilege
-- object: data_owner
ALTER DEFAULT PRIVILEGES FOR ROLE data_owner GRANT ALL ON SCHEMAS TO app;
