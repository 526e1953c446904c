-- Definitions of tables and functions like those of the extension that the application uses: empty, and giving nothing.
SELECT format('CREATE TABLE %s (%s); GRANT SELECT ON %1$s TO random_plain', c.oid::regclass,
              string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum))
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'tenancy'::regnamespace AND c.relkind IN ('r', 'p', 'v')
  AND has_any_column_privilege('random_app', c.oid, 'SELECT')
GROUP BY c.oid
UNION ALL
SELECT format('CREATE FUNCTION tenancy.%I(%s) RETURNS %s LANGUAGE plpgsql STABLE AS %L', p.proname,
              pg_get_function_identity_arguments(p.oid), pg_get_function_result(p.oid),
              CASE WHEN p.proretset THEN 'BEGIN END' ELSE 'BEGIN RETURN NULL; END' END)
FROM pg_proc p JOIN pg_type t ON t.oid = p.prorettype
WHERE p.pronamespace = 'tenancy'::regnamespace AND p.prokind = 'f' AND t.typtype IN ('b', 'd')
  AND has_function_privilege('random_app', p.oid, 'EXECUTE')
