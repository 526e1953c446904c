-- check: parameter_privilege
-- object: work_mem
GRANT ALTER SYSTEM ON PARAMETER work_mem TO PUBLIC;
