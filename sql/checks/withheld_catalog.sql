-- id: withheld_catalog
-- severity: critical
-- title: System catalog or TOAST table opened to an application
-- why: Statistics and TOAST tables hold values of all tenants, other catalogs passwords and files; row security does not
-- why: cover them. Who may write to a catalog may do anything.
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
