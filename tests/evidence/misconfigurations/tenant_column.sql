-- check: tenant_column, tenant_column, tenant_column
-- object: work.event, work.event_new, work.event_old
SET tenancy.guard = off;
ALTER TABLE work.event ALTER tenant_id DROP NOT NULL;
