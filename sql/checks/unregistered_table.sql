-- id: unregistered_table
-- severity: high
-- title: Table with protect's policies that is not known as protected
-- why: Nothing guards the policies of a table that tenancy.protected_table does not list, and nothing proves them.
-- kind: environment
SELECT NULL::regclass AS root, c.oid AS relation, c.oid AS object_id, c.oid::regclass::text AS object,
       format('%s has policy tenancy_base and is not listed as protected', c.oid::regclass) AS message,
       format('DROP POLICY tenancy_base ON %s; -- and its other tenancy_ policies, then protect it again', c.oid::regclass)
           AS remediation
FROM pg_policy o
JOIN pg_class c ON c.oid = o.polrelid
WHERE o.polname = 'tenancy_base'
  AND NOT EXISTS (SELECT FROM tenancy.protected_relation p WHERE p.relation = c.oid)
