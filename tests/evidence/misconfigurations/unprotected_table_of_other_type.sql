-- check: unprotected_table
-- object: work.invoice
CREATE TABLE work.invoice (tenant_id varchar(36) NOT NULL, invoice_id bigint, PRIMARY KEY (tenant_id, invoice_id));
ALTER TABLE work.invoice OWNER TO data_owner;
GRANT SELECT, INSERT ON work.invoice TO app;
