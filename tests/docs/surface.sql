-- Everything of the extension that README.md must name, as it must be written there.
SELECT format('%s(%s)', p.proname, replace(regexp_replace(pg_get_function_arguments(p.oid), '::[a-z ]+(\[\])?', '', 'g'),
                                           'timestamp with time zone', 'timestamptz'))
FROM pg_proc p
WHERE p.pronamespace = 'tenancy'::regnamespace AND p.proname NOT LIKE '\_%'
UNION ALL
SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'tenancy'::regnamespace AND c.relkind IN ('r', 'v')
UNION ALL
SELECT s.name FROM pg_settings s WHERE s.name LIKE 'tenancy.%'
UNION ALL
SELECT r.rolname FROM pg_roles r WHERE r.rolname LIKE 'tenancy\_%'
ORDER BY 1;
