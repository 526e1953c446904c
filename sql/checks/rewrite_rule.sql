-- id: rewrite_rule
-- severity: critical
-- title: Rewrite rule on, or with an action on, a protected table
-- why: A rule's actions run with the rights of the owner of the table that carries it, and can carry rows past the
-- why: policies.
-- kind: structure
-- on: CREATE RULE, ALTER RULE
SELECT s.root, s.relation::oid AS relation, r.oid AS object_id,
       format('%I on %s', r.rulename, r.ev_class::regclass) AS object,
       format('rule %I on %s touches %s', r.rulename, r.ev_class::regclass, s.relation) AS message,
       format('DROP RULE %I ON %s;', r.rulename, r.ev_class::regclass) AS remediation
FROM (
    SELECT p.root, p.relation, p.relation AS touched FROM tenancy.protected_relation p
    UNION
    SELECT v.root, v.relation, v.reader FROM tenancy.protected_reader v
) s
JOIN pg_rewrite r ON r.rulename <> '_RETURN'
WHERE ($1 IS NULL OR s.root = $1)
  AND (r.ev_class = s.touched
       OR EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                    AND d.refclassid = 'pg_class'::regclass AND d.refobjid = s.touched))
