-- id: definer_function
-- severity: critical
-- title: Function that applications run as a role exempt from row security
-- why: What a SECURITY DEFINER function reads and writes, it does as its owner: of all tenants, if row security does not
-- why: bind the owner.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, f.routine::oid AS object_id, f.routine::text AS object,
       format('%s runs as %I, which row security does not bind; %s', f.routine, o.rolname, f.how) AS message,
       CASE WHEN f.grantees IS NULL THEN format('ALTER ROUTINE %s SECURITY INVOKER;', f.routine)
            ELSE format('REVOKE EXECUTE ON ROUTINE %s FROM %s;', f.routine, f.grantees) END AS remediation
FROM tenancy.application_routine f
JOIN pg_roles o ON o.oid = f.owner AND (o.rolsuper OR o.rolbypassrls)
WHERE f.definer
