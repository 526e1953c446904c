-- id: policy_missing
-- severity: critical
-- title: Policy missing
-- why: Each policy that protect makes isolates one kind of statement; without it that kind is not isolated.
-- kind: state
-- on: ALTER POLICY
SELECT e.root, e.relation::oid AS relation, e.relation::oid AS object_id, format('%I on %s', e.policy, e.relation) AS object,
       format('policy %I of %s is missing', e.policy, e.relation) AS message,
       e.statement || ';' AS remediation
FROM tenancy.expected_policy e
WHERE ($1 IS NULL OR e.root = $1)
  AND NOT EXISTS (SELECT FROM pg_policy o WHERE o.polrelid = e.relation AND o.polname = e.policy)
