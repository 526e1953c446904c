-- check: policy_altered
-- object: tenancy_select on work.document
-- shown: probe_read
SET tenancy.guard = off;
ALTER POLICY tenancy_select ON work.document USING (true);
