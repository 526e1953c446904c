-- id: definer_administers
-- severity: low
-- title: Function that applications run as an administrator of tenants
-- why: A sign-up that creates tenants is of that kind, and so is a way to issue oneself keys: read what the function does.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, f.routine::oid AS object_id, f.routine::text AS object,
       format('%s runs as %I, which is granted tenancy_admin; %s', f.routine, o.rolname, f.how) AS message,
       CASE WHEN f.grantees IS NULL THEN format('ALTER ROUTINE %s SECURITY INVOKER;', f.routine)
            ELSE format('REVOKE EXECUTE ON ROUTINE %s FROM %s;', f.routine, f.grantees) END AS remediation
FROM tenancy.application_routine f
JOIN pg_roles o ON o.oid = f.owner AND NOT (o.rolsuper OR o.rolbypassrls)
WHERE f.definer AND pg_has_role(o.oid, 'tenancy_admin', 'MEMBER')
