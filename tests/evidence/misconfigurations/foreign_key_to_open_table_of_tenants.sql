-- check: foreign_key_to_open_table
-- object: document_tenant_id_fkey on work.document
-- Who gives another row the id of his own tenant gets the rows that refer to it.
CREATE TABLE work.company (id uuid PRIMARY KEY, name text);
INSERT INTO work.company SELECT tenant_id, slug FROM tenancy.tenant;
ALTER TABLE work.company OWNER TO data_owner;
SET tenancy.guard = off;
GRANT SELECT, UPDATE ON work.company TO app;
ALTER TABLE work.document ADD FOREIGN KEY (tenant_id) REFERENCES work.company ON UPDATE CASCADE;
