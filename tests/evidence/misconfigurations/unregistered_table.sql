-- check: unregistered_table
-- object: work.note
-- mended: INSERT INTO tenancy.protected_table (relation, tenant_column, scope_column) VALUES ('work.note', 'tenant_id', 'scope')
-- As after a restore that left the rows of the extension's tables out.
DELETE FROM tenancy.protected_table WHERE relation = 'work.note'::regclass;
