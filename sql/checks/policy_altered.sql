-- id: policy_altered
-- severity: critical
-- title: Policy missing or altered
-- why: The policies that protect wrote are what isolates tenants; any other text under their names is not.
-- kind: state
-- on: ALTER POLICY
SELECT e.root, e.relation::oid AS relation, e.relation::oid AS object_id, format('%I on %s', e.policy, e.relation) AS object,
       format('policy %I of %s is %s', e.policy, e.relation,
              CASE WHEN o.oid IS NULL THEN 'missing' ELSE 'not the one that protect made' END) AS message,
       CASE WHEN o.oid IS NULL THEN '' ELSE format('DROP POLICY %I ON %s; ', e.policy, e.relation) END
           || e.statement || ';' AS remediation
FROM tenancy.expected_policy e
LEFT JOIN pg_policy o ON o.polrelid = e.relation AND o.polname = e.policy
WHERE e.root = coalesce($1, e.root)
  AND (o.oid IS NULL
       OR o.polpermissive <> e.permissive
       OR o.polcmd <> e.command
       OR o.polroles <> '{0}'
       OR pg_get_expr(o.polqual, o.polrelid) IS DISTINCT FROM e.using_text
       OR pg_get_expr(o.polwithcheck, o.polrelid) IS DISTINCT FROM e.check_text)
