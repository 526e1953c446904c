-- check: unfiltered_privilege
-- object: work.document
-- needs: 17
SET tenancy.guard = off;
GRANT MAINTAIN ON work.document TO report;
