-- id: policy_function
-- severity: high
-- title: Policy of one's own that calls a function before other tenants' rows are left out
-- why: Postgres tests the cheapest condition first. A function said to cost no more than the test of the tenant is called
-- why: with rows of all tenants, and what it writes, raises or notifies tells of them.
-- kind: environment
SELECT p.root, p.relation::oid AS relation, o.oid AS object_id, format('%I on %s', o.polname, p.relation) AS object,
       format('policy %I of %s calls %s, of cost %s, with rows of all tenants', o.polname, p.relation, f.oid::regprocedure, f.procost)
           AS message,
       format('ALTER FUNCTION %s COST 100;', f.oid::regprocedure) AS remediation
FROM tenancy.protected_relation p
JOIN pg_policy o ON o.polrelid = p.relation AND o.polname NOT LIKE 'tenancy\_%'
JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = o.oid AND d.refclassid = 'pg_proc'::regclass
JOIN pg_proc f ON f.oid = d.refobjid AND NOT f.proleakproof AND f.procost < 10
WHERE ($1 IS NULL OR p.root = $1)
  -- Those of extensions are theirs to answer for.
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = f.oid AND e.deptype = 'e')
