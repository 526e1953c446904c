-- id: rewrite_rule
-- severity: high
-- title: Rewrite rule on a protected table
-- why: A rule's actions run with the rights of the table's owner and can carry rows past the policies.
-- kind: structure
-- on: CREATE RULE, ALTER RULE
SELECT p.root, p.relation::oid AS relation, r.oid AS object_id, format('%I on %s', r.rulename, p.relation) AS object,
       format('rule %I rewrites statements on %s', r.rulename, p.relation) AS message,
       format('DROP RULE %I ON %s;', r.rulename, p.relation) AS remediation
FROM tenancy.protected_relation p
JOIN pg_rewrite r ON r.ev_class = p.relation
WHERE p.root = coalesce($1, p.root)
