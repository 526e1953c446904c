-- id: grant_option
-- severity: medium
-- title: Privilege on a protected table that an application may hand on
-- why: With GRANT OPTION whoever runs as the application lets other roles at the table, those without any tenant's key
-- why: included.
-- kind: environment
SELECT p.root, p.relation::oid AS relation, p.relation::oid AS object_id, p.relation::text AS object,
       format('%s has %s on %s WITH GRANT OPTION', a.name, string_agg(x.privilege_type || x.columns, ', '), p.relation) AS message,
       format('REVOKE GRANT OPTION FOR %s ON %s FROM %s CASCADE;', string_agg(x.privilege_type || x.columns, ', '), p.relation,
              a.name) AS remediation
FROM tenancy.protected_relation p
JOIN pg_class c ON c.oid = p.relation
CROSS JOIN LATERAL (
    SELECT y.grantee, y.privilege_type, y.is_grantable, '' AS columns FROM aclexplode(c.relacl) y
    UNION ALL
    SELECT y.grantee, y.privilege_type, y.is_grantable, format(' (%I)', b.attname)
    FROM pg_attribute b CROSS JOIN LATERAL aclexplode(b.attacl) y
    WHERE b.attrelid = c.oid AND b.attacl IS NOT NULL
) x
JOIN tenancy.application_role a ON a.role = x.grantee
WHERE ($1 IS NULL OR p.root = $1)
  AND x.is_grantable AND x.grantee <> c.relowner
GROUP BY p.root, p.relation, a.name
