-- check: managed_schema_gone
-- object: billing
CREATE SCHEMA billing;
SELECT tenancy.manage_schema('billing');
SET tenancy.guard = off;
ALTER SCHEMA billing RENAME TO invoicing;
