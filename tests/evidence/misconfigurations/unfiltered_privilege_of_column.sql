-- check: unfiltered_privilege
-- object: work.document
SET tenancy.guard = off;
GRANT REFERENCES (tenant_id) ON work.document TO report;
