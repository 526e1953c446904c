-- check: withheld_catalog
-- object: work.statistics
-- What is kept was asked for by its owner.
CREATE MATERIALIZED VIEW work.statistics AS SELECT tablename, attname, most_common_vals::text FROM pg_stats WHERE schemaname = 'work';
GRANT SELECT ON work.statistics TO app;
