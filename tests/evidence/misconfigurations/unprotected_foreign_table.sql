-- check: unprotected_table
-- object: work.remote
CREATE FOREIGN DATA WRAPPER far;
CREATE SERVER far FOREIGN DATA WRAPPER far;
CREATE FOREIGN TABLE work.remote (tenant_id uuid, body text) SERVER far;
GRANT SELECT ON work.remote TO app;
