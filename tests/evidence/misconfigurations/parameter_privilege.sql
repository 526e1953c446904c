-- check: parameter_privilege
-- object: tenancy.binding
GRANT SET ON PARAMETER tenancy.binding TO app;
