-- check: materialized_view
-- object: work.count
SET tenancy.guard = off;
CREATE MATERIALIZED VIEW work.count AS SELECT count(*) FROM work.title;
