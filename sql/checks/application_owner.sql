-- id: application_owner
-- severity: critical
-- title: Protected table owned by, or within reach of, an application role
-- why: An owner can switch protection off, and runs maintenance and triggers on all tenants' rows.
-- kind: structure
-- on: owner
SELECT p.relation AS root, p.relation::oid AS relation, p.relation::oid AS object_id, p.relation::text AS object,
       format('%s belongs to %I, which %s', p.relation, o.rolname,
              CASE WHEN m.oid = o.oid THEN 'is granted tenancy_app' ELSE format('application role %I can become', m.rolname) END)
           AS message,
       CASE WHEN m.oid = o.oid
                THEN format('ALTER TABLE %s OWNER TO a_role_that_is_not_granted_tenancy_app;', p.relation)
            ELSE format('REVOKE %I FROM %I;', o.rolname, m.rolname) END AS remediation
FROM tenancy.protected_relation p
JOIN pg_class c ON c.oid = p.relation
JOIN pg_roles o ON o.oid = c.relowner
JOIN pg_roles m ON NOT m.rolsuper
               AND pg_has_role(m.oid, 'tenancy_app', 'MEMBER')
               AND pg_has_role(m.oid, o.oid, 'MEMBER')
WHERE ($1 IS NULL OR p.root = $1) -- each table by itself: owners change one at a time
  AND m.rolname <> 'tenancy_app'
