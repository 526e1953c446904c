-- check: predefined_role, predefined_role, predefined_role, predefined_role
-- object: pg_monitor, pg_read_all_settings, pg_read_all_stats, pg_stat_scan_tables
-- mended: REVOKE pg_monitor FROM app
GRANT pg_monitor TO app;
