-- check: exempt_application_role
-- object: app
-- shown: not_probed
ALTER ROLE app BYPASSRLS;
