-- check: materialized_view
-- object: work.count
SET tenancy.guard = off;
CREATE MATERIALIZED VIEW work.count AS SELECT tenant_id, count(*) FROM work.document GROUP BY 1;
