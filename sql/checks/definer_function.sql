-- id: definer_function
-- severity: critical
-- title: Function that applications run as a role that row security does not bind, or that reaches below it
-- why: What a SECURITY DEFINER function reads and writes, it does as its owner: of all tenants, if row security does not
-- why: bind the owner; or else of the server's files, or of pg_tenancy's own tables.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, f.routine::oid AS object_id, f.routine::text AS object,
       format('%s runs as %I, which %s; %s', f.routine, o.rolname,
              CASE WHEN o.rolsuper OR o.rolbypassrls THEN 'row security does not bind' ELSE format('is granted %s', d.roles) END, f.how) AS message,
       CASE WHEN f.grantees IS NULL THEN format('ALTER ROUTINE %s SECURITY INVOKER;', f.routine)
            ELSE format('REVOKE EXECUTE ON ROUTINE %s FROM %s;', f.routine, f.grantees) END AS remediation
FROM tenancy.application_routine f
JOIN pg_roles o ON o.oid = f.owner
CROSS JOIN LATERAL (
    SELECT string_agg(r.rolname, ', ' ORDER BY r.rolname) AS roles
    FROM pg_roles r
    WHERE r.rolname IN ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program', 'pg_read_all_data',
                        'pg_write_all_data')
      AND pg_has_role(o.oid, r.oid, 'USAGE')
) d
WHERE f.definer AND (o.rolsuper OR o.rolbypassrls OR d.roles IS NOT NULL)
