-- check: policy_missing, policy_missing, policy_missing, policy_missing, policy_missing, row_security_off
-- object: tenancy_base on work.event_far, tenancy_select on work.event_far, tenancy_insert on work.event_far, tenancy_update on work.event_far, tenancy_delete on work.event_far, work.event_far
-- A partition that came while the event trigger was disabled, as some do for a migration.
ALTER EVENT TRIGGER tenancy_guard_ddl DISABLE;
CREATE TABLE work.event_far PARTITION OF work.event FOR VALUES FROM ('2040-01-01') TO ('2050-01-01');
ALTER TABLE work.event_far OWNER TO data_owner;
ALTER EVENT TRIGGER tenancy_guard_ddl ENABLE ALWAYS;
