-- id: withheld_catalog
-- severity: critical
-- title: System catalog or TOAST table opened to an application
-- why: Statistics and TOAST tables hold values of all tenants, other catalogs passwords and files; row security does not
-- why: cover them. Who may write to a catalog may do anything. A view reads them with its owner's rights.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, c.oid AS object_id, c.oid::regclass::text AS object,
       format('%s has %s on %s', a.name, string_agg(DISTINCT x.privilege_type || x.columns, ', '), c.oid::regclass) AS message,
       format('REVOKE %s ON %s FROM %s;', string_agg(DISTINCT x.privilege_type || x.columns, ', '), c.oid::regclass, a.name)
           AS remediation
FROM pg_class c
CROSS JOIN LATERAL (
    SELECT y.grantee, y.privilege_type, 0 AS attnum, '' AS columns FROM aclexplode(c.relacl) y
    UNION ALL
    SELECT y.grantee, y.privilege_type, b.attnum, format(' (%I)', b.attname)
    FROM pg_attribute b CROSS JOIN LATERAL aclexplode(b.attacl) y
    WHERE b.attrelid = c.oid AND b.attacl IS NOT NULL
) x
JOIN tenancy.application_role a ON a.role = x.grantee
WHERE c.relnamespace IN ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace)
  AND x.grantee <> c.relowner
  AND NOT EXISTS (SELECT FROM pg_init_privs i CROSS JOIN LATERAL aclexplode(i.initprivs) g
                  WHERE i.classoid = 'pg_class'::regclass AND i.objoid = c.oid AND i.objsubid IN (0, x.attnum)
                    AND g.grantee = x.grantee AND g.privilege_type = x.privilege_type)
GROUP BY c.oid, a.name
UNION ALL
SELECT NULL, NULL, v.oid, v.oid::regclass::text,
       format('%s reads %s as its owner, and %s may read it', v.oid::regclass, r.catalogs, g.names),
       format('REVOKE SELECT ON %s FROM %s;', v.oid::regclass, g.names)
FROM (
    WITH RECURSIVE own AS MATERIALIZED (
        -- Postgres keeps no dependencies on its own catalogs.
        SELECT w.ev_class AS view, m[1]::oid AS relation
        FROM pg_rewrite w
        CROSS JOIN LATERAL regexp_matches(w.ev_action::text, ':relid (\d+)', 'g') m
        WHERE w.ev_class >= 16384 AND w.rulename = '_RETURN'
    ), reader AS (
        SELECT o.view, k.oid AS catalog
        FROM own o
        JOIN pg_class k ON k.oid = o.relation AND k.relnamespace IN ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace)
        WHERE NOT has_any_column_privilege('public', k.oid, 'SELECT')
        UNION
        SELECT o.view, reader.catalog FROM reader JOIN own o ON o.relation = reader.view AND o.view <> reader.view
    )
    SELECT reader.view, string_agg(DISTINCT reader.catalog::regclass::text, ', ') AS catalogs
    FROM reader GROUP BY reader.view
) r
JOIN pg_class v ON v.oid = r.view
CROSS JOIN LATERAL (
    SELECT string_agg(DISTINCT a.name, ', ') AS names
    FROM (SELECT x.grantee, x.privilege_type FROM aclexplode(v.relacl) x
          UNION ALL
          SELECT x.grantee, x.privilege_type FROM pg_attribute b CROSS JOIN LATERAL aclexplode(b.attacl) x
          WHERE b.attrelid = v.oid AND b.attacl IS NOT NULL) x
    JOIN tenancy.application_role a ON a.role = x.grantee
    WHERE x.privilege_type = 'SELECT' AND x.grantee <> v.relowner
) g
WHERE g.names IS NOT NULL
  AND NOT coalesce((SELECT o.option_value::boolean FROM pg_options_to_table(v.reloptions) o
                    WHERE o.option_name = 'security_invoker'), false)
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = v.oid AND d.deptype = 'e')
