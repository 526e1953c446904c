-- check: unprotected_table
-- object: work.invoice
-- The tenant is not called as in other tables.
CREATE TABLE work.invoice (invoice_id bigint, customer uuid NOT NULL REFERENCES tenancy.tenant,
                           PRIMARY KEY (customer, invoice_id));
ALTER TABLE work.invoice OWNER TO data_owner;
GRANT SELECT, INSERT ON work.invoice TO app;
