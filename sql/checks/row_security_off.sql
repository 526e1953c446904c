-- id: row_security_off
-- severity: critical
-- title: Row security disabled or not forced
-- why: Without ENABLE nobody is filtered; without FORCE the owner, and whatever runs as the owner, is not.
-- kind: state
-- on: weakening
SELECT p.root, p.relation::oid AS relation, p.relation::oid AS object_id, p.relation::text AS object,
       format('row security of %s is %s', p.relation,
              CASE WHEN c.relrowsecurity THEN 'not forced' ELSE 'disabled' END) AS message,
       format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;', p.relation) AS remediation
FROM tenancy.protected_relation p
JOIN pg_class c ON c.oid = p.relation AND c.relkind IN ('r', 'p')
WHERE ($1 IS NULL OR p.root = $1)
  AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
