-- check: grant_option
-- object: work.document
SET tenancy.guard = off;
GRANT SELECT ON work.document TO app WITH GRANT OPTION;
