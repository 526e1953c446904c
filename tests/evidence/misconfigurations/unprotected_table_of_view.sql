-- check: unprotected_table
-- object: work.invoiced
-- The table is out of reach, and the view reads it as its owner.
CREATE TABLE work.invoice (tenant_id uuid NOT NULL, invoice_id bigint, PRIMARY KEY (tenant_id, invoice_id));
CREATE VIEW work.invoiced AS SELECT tenant_id, count(*) FROM work.invoice GROUP BY 1;
GRANT SELECT ON work.invoiced TO app;
