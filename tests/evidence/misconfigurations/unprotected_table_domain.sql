-- check: unprotected_table
-- object: work.invoice
CREATE DOMAIN work.tenant_key AS uuid;
CREATE TABLE work.invoice (tenant_id work.tenant_key NOT NULL, amount numeric);
GRANT SELECT ON work.invoice TO app;
