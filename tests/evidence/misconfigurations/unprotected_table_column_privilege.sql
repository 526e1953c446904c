-- check: unprotected_table
-- object: work.invoice
CREATE TABLE work.invoice (tenant_id uuid NOT NULL, amount numeric);
ALTER TABLE work.invoice OWNER TO data_owner;
GRANT SELECT (amount) ON work.invoice TO PUBLIC;
