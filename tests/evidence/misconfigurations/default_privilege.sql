-- check: default_privilege
-- object: data_owner
ALTER DEFAULT PRIVILEGES FOR ROLE data_owner IN SCHEMA work GRANT ALL ON TABLES TO app;
