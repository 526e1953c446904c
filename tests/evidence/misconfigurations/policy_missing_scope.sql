-- check: policy_missing
-- object: tenancy_update_scope on work.note
SET tenancy.guard = off;
DROP POLICY tenancy_update_scope ON work.note;
