-- check: extension_view
-- object: work.activity
CREATE VIEW work.activity AS SELECT tenant_id, count(*) FROM tenancy.decision_trace GROUP BY 1;
GRANT SELECT ON work.activity TO PUBLIC;
