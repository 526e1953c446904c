-- id: grant_option
-- severity: medium
-- title: Privilege on a protected table that an application may hand on
-- why: With GRANT OPTION whoever runs as the application lets other roles at the table, those without any tenant's key
-- why: included.
-- kind: environment
SELECT p.root, p.relation::oid AS relation, p.relation::oid AS object_id, p.relation::text AS object,
       format('%s has %s on %s WITH GRANT OPTION', x.name, string_agg(x.privilege || x.columns, ', '), p.relation) AS message,
       format('REVOKE GRANT OPTION FOR %s ON %s FROM %s CASCADE;', string_agg(x.privilege || x.columns, ', '), p.relation,
              x.name) AS remediation
FROM tenancy.protected_relation p
JOIN tenancy.application_privilege x ON x.relation = p.relation
WHERE ($1 IS NULL OR p.root = $1)
  AND x.grantable AND NOT x.owner
GROUP BY p.root, p.relation, x.name
