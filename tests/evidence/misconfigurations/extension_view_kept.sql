-- check: extension_view
-- object: work.kept
CREATE VIEW work.key WITH (security_invoker = true) AS SELECT key_id, name FROM tenancy.api_key;
CREATE MATERIALIZED VIEW work.kept AS SELECT * FROM work.key;
GRANT SELECT ON work.kept TO app;
