-- check: policy_altered
-- object: tenancy_update on work.event_old
SET tenancy.guard = off;
ALTER POLICY tenancy_update ON work.event_old WITH CHECK (true);
