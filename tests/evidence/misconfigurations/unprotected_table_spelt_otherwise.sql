-- check: unprotected_table
-- object: work.invoice
CREATE TABLE work.invoice ("Tenant_Id" uuid NOT NULL, amount numeric);
GRANT SELECT ON work.invoice TO app;
