-- id: unfiltered_privilege
-- severity: critical
-- title: Privilege that row security does not filter
-- why: TRUNCATE empties all tenants' rows; REFERENCES probes for them; TRIGGER runs code on them; MAINTAIN counts them.
-- kind: structure
-- on: GRANT
SELECT p.root, p.relation::oid AS relation, p.relation::oid AS object_id, p.relation::text AS object,
       format('%s on %s is granted to %s', g.privilege_type, p.relation, g.grantee_name) AS message,
       format('REVOKE %s ON %s FROM %s;', g.privilege_type || g.columns, p.relation, g.grantee_name) AS remediation
FROM tenancy.protected_relation p
JOIN pg_class c ON c.oid = p.relation
CROSS JOIN LATERAL (
    SELECT acl.privilege_type, acl.columns,
           CASE WHEN acl.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(acl.grantee)) END AS grantee_name
    FROM (
        SELECT x.grantee, x.privilege_type, '' AS columns FROM aclexplode(c.relacl) x
        UNION ALL
        SELECT x.grantee, x.privilege_type, format(' (%I)', a.attname)
        FROM pg_attribute a CROSS JOIN LATERAL aclexplode(a.attacl) x
        WHERE a.attrelid = c.oid
    ) acl
    WHERE acl.grantee <> c.relowner
      AND acl.privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN')
) g
WHERE ($1 IS NULL OR p.root = $1)
