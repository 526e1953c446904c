-- check: unprotected_table
-- object: work.ledger
-- It was there before its schema was managed, with a tenant column of its own name.
CREATE TABLE work.ledger (org bigint NOT NULL, amount numeric);
ALTER TABLE work.ledger OWNER TO data_owner;
GRANT SELECT ON work.ledger TO app;
SELECT tenancy.manage_schema('work', 'org');
