-- id: exempt_owner
-- severity: high
-- title: Protected table owned by a role that row security does not bind
-- why: Views, rules and functions that run as the owner read all tenants' rows when the owner is exempt.
-- kind: state
-- on: owner
SELECT p.relation AS root, p.relation::oid AS relation, p.relation::oid AS object_id, p.relation::text AS object,
       format('%s belongs to %I, which row security does not bind', p.relation, r.rolname) AS message,
       format('ALTER TABLE %s OWNER TO a_role_without_superuser_and_bypassrls;', p.relation) AS remediation
FROM tenancy.protected_relation p
JOIN pg_class c ON c.oid = p.relation
JOIN pg_roles r ON r.oid = c.relowner
WHERE ($1 IS NULL OR p.root = $1) -- each table by itself: owners change one at a time
  AND (r.rolsuper OR r.rolbypassrls)
