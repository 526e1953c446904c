-- check: withheld_catalog
-- object: pg_statistic
GRANT SELECT ON pg_statistic TO app;
