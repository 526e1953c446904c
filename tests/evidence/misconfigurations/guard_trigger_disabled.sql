-- check: guard_trigger_disabled
-- object: tenancy_guard_ddl
ALTER EVENT TRIGGER tenancy_guard_ddl DISABLE;
