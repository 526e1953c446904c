-- check: unprotected_table
-- object: work.invoice
-- It refers to what a protected table's tenant column refers to.
CREATE TABLE work.company (id uuid PRIMARY KEY, name text);
INSERT INTO work.company SELECT tenant_id, slug FROM tenancy.tenant;
ALTER TABLE work.company OWNER TO data_owner;
ALTER TABLE work.document ADD FOREIGN KEY (tenant_id) REFERENCES work.company;
CREATE TABLE work.invoice (company_id uuid PRIMARY KEY REFERENCES work.company, amount numeric);
ALTER TABLE work.invoice OWNER TO data_owner;
GRANT SELECT ON work.invoice TO app;
