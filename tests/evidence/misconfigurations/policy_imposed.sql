-- check: policy_imposed
-- object: tenancy_support on work.document
SET tenancy.guard = off;
CREATE POLICY tenancy_support ON work.document FOR SELECT TO report USING (true);
