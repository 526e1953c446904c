-- Where this is, as the report has it. JSON.
SELECT jsonb_build_object(
           'database', current_database(),
           'system_identifier', (SELECT c.system_identifier::text FROM pg_control_system() c),
           'server_version', current_setting('server_version'),
           'extension_version', (SELECT e.extversion FROM pg_extension e WHERE e.extname = 'pg_tenancy'),
           'settings', (SELECT jsonb_agg(jsonb_build_object('name', s.name, 'value', s.reset_val) ORDER BY s.name)
                        FROM pg_settings s
                        WHERE s.name IN ('shared_preload_libraries', 'session_preload_libraries', 'local_preload_libraries',
                                         'row_security', 'session_replication_role', 'wal_level', 'tenancy.guard',
                                         'tenancy.unbound', 'tenancy.binding', 'tenancy.record_denials')))::text
