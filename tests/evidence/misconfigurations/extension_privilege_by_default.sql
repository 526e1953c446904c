-- check: extension_privilege
-- object: tenancy.api_key
-- As if default privileges had given it while the extension was installed: then Postgres takes it for a part of that.
GRANT INSERT ON tenancy.api_key TO app;
SET allow_system_table_mods = on;
UPDATE pg_init_privs SET initprivs = (SELECT relacl FROM pg_class WHERE oid = 'tenancy.api_key'::regclass)
WHERE objoid = 'tenancy.api_key'::regclass AND classoid = 'pg_class'::regclass AND objsubid = 0;
RESET allow_system_table_mods;
