-- check: policy_altered
-- object: tenancy_select on work.document
-- shown: probe_read
-- mended: SET tenancy.guard = off; DROP POLICY tenancy_select ON work.document; CREATE POLICY tenancy_select ON work.document AS RESTRICTIVE FOR SELECT USING (tenant_id = tenancy.whole_tenant('read')); RESET tenancy.guard
SET tenancy.guard = off;
DROP POLICY tenancy_select ON work.document;
CREATE POLICY tenancy_select ON work.document FOR SELECT USING (tenant_id = tenancy.whole_tenant('read'));
