-- id: policy_altered
-- severity: critical
-- title: Policy altered
-- why: The policies that protect wrote are what isolates tenants; any other text under their names is not.
-- kind: state
-- on: CREATE POLICY, ALTER POLICY
SELECT e.root, e.relation::oid AS relation, o.oid AS object_id, format('%I on %s', e.policy, e.relation) AS object,
       format('policy %I of %s is not the one that protect makes', e.policy, e.relation) AS message,
       CASE WHEN o.polpermissive = e.permissive AND o.polcmd = e.command
                THEN concat(format('ALTER POLICY %I ON %s TO PUBLIC', e.policy, e.relation),
                            ' USING (' || e.using_text || ')', ' WITH CHECK (' || e.check_text || ')', ';')
            ELSE format('DROP POLICY %I ON %s; %s; -- with tenancy.guard off, once it is protected', e.policy, e.relation,
                        e.statement)
       END AS remediation
FROM tenancy.expected_policy e
JOIN pg_policy o ON o.polrelid = e.relation AND o.polname = e.policy
WHERE ($1 IS NULL OR e.root = $1)
  AND (o.polpermissive <> e.permissive
       OR o.polcmd <> e.command
       OR o.polroles <> '{0}'
       OR pg_get_expr(o.polqual, o.polrelid) IS DISTINCT FROM e.using_text
       OR pg_get_expr(o.polwithcheck, o.polrelid) IS DISTINCT FROM e.check_text)
