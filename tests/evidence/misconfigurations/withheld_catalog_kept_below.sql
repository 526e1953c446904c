-- check: withheld_catalog
-- object: work.latest
CREATE MATERIALIZED VIEW work.activity AS SELECT query FROM pg_stat_activity;
CREATE VIEW work.latest AS SELECT query FROM work.activity;
GRANT SELECT ON work.latest TO app;
