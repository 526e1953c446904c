-- id: predefined_role
-- severity: high
-- title: Application role that can watch or disturb others
-- why: Statistics, settings and statements are all tenants', and so are the sessions, tables and servers that these
-- why: roles of Postgres signal, maintain, or connect to.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, a.role AS object_id, a.name AS object,
       format('%s %s', a.name, a.how) AS message, a.revoke AS remediation
FROM tenancy.application_role a
WHERE a.name IN ('pg_monitor', 'pg_read_all_stats', 'pg_read_all_settings', 'pg_stat_scan_tables', 'pg_signal_backend',
                 'pg_signal_autovacuum_worker', 'pg_maintain', 'pg_create_subscription', 'pg_checkpoint')
