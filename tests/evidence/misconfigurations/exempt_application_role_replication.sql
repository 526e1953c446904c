-- check: exempt_application_role
-- object: app
ALTER ROLE app REPLICATION;
