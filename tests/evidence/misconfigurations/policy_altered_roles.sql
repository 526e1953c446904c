-- check: policy_altered
-- object: tenancy_delete on work.document
-- The text is as it was, but it holds for another role only.
SET tenancy.guard = off;
ALTER POLICY tenancy_delete ON work.document TO report;
