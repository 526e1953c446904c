-- check: guard_off
-- object: role data_owner
ALTER ROLE data_owner SET tenancy.guard = warn;
