-- id: definer_administers
-- severity: low
-- title: Function that applications run as an administrator or auditor of tenants
-- why: A sign-up that creates tenants is of that kind, and so is a way to issue oneself keys: read what the function does.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, f.routine::oid AS object_id, f.routine::text AS object,
       format('%s runs as %I, which is granted %s; %s', f.routine, o.rolname, g.what, f.how) AS message,
       CASE WHEN f.grantees IS NULL THEN format('ALTER ROUTINE %s SECURITY INVOKER;', f.routine)
            ELSE format('REVOKE EXECUTE ON ROUTINE %s FROM %s;', f.routine, f.grantees) END AS remediation
FROM tenancy.application_routine f
JOIN pg_roles o ON o.oid = f.owner AND NOT (o.rolsuper OR o.rolbypassrls)
CROSS JOIN LATERAL (
    SELECT string_agg(w.what, ', ' ORDER BY w.place, w.what) AS what
    FROM (SELECT 1 AS place, r.rolname::text AS what
          FROM pg_roles r WHERE r.rolname IN ('tenancy_admin', 'tenancy_auditor') AND pg_has_role(o.oid, r.oid, 'MEMBER')
          UNION
          SELECT 2, format('%s on %s', x.privilege_type, c.oid::regclass)
          FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) x
          WHERE c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = 'tenancy')
            AND x.grantee NOT IN (0, c.relowner) AND x.grantee::regrole::text !~ '^tenancy_(admin|auditor|app)$'
            AND pg_has_role(o.oid, x.grantee, 'MEMBER')) w
) g
WHERE f.definer AND g.what IS NOT NULL
