-- check: unfiltered_privilege
-- object: work.document
SET tenancy.guard = off;
GRANT TRUNCATE ON work.document TO app;
