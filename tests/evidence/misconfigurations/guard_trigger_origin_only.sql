-- check: guard_trigger_disabled
-- object: tenancy_guard_drop
-- Enabled again after a migration, but not always: session_replication_role switches it off.
ALTER EVENT TRIGGER tenancy_guard_drop DISABLE;
ALTER EVENT TRIGGER tenancy_guard_drop ENABLE;
