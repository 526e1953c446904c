-- check: policy_missing
-- object: tenancy_insert on work.document
-- shown: probe_insert
SET tenancy.guard = off;
DROP POLICY tenancy_insert ON work.document;
