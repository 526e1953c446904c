-- id: policy_imposed
-- severity: high
-- title: Policy under a reserved name
-- why: Names that begin with tenancy_ are the extension's; another policy there would be taken for one of its own.
-- kind: state
-- on: CREATE POLICY, ALTER POLICY
SELECT p.root, p.relation::oid AS relation, o.oid AS object_id, format('%I on %s', o.polname, p.relation) AS object,
       format('policy %I of %s is not one that protect makes', o.polname, p.relation) AS message,
       format('ALTER POLICY %I ON %s RENAME TO %I;', o.polname, p.relation, 'own_' || o.polname) AS remediation
FROM tenancy.protected_relation p
JOIN pg_policy o ON o.polrelid = p.relation AND o.polname LIKE 'tenancy\_%'
WHERE ($1 IS NULL OR p.root = $1)
  AND NOT EXISTS (SELECT FROM tenancy.expected_policy e WHERE e.relation = p.relation AND e.policy = o.polname)
