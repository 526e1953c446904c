-- check: guard_trigger_disabled
-- object: tenancy_guard_start
ALTER EXTENSION pg_tenancy DROP EVENT TRIGGER tenancy_guard_start;
DROP EVENT TRIGGER tenancy_guard_start;
