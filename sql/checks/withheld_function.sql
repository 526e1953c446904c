-- id: withheld_function
-- severity: high
-- title: Function that Postgres or its extension keeps from PUBLIC, granted to an application
-- why: Functions that read files, pages, buffers, logs or other tables' rows without row security are made executable by
-- why: few; a grant to the application undoes that.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, p.oid AS object_id, p.oid::regprocedure::text AS object,
       format('%s may execute %s', a.name, p.oid::regprocedure) AS message,
       format('REVOKE EXECUTE ON FUNCTION %s FROM %s;', p.oid::regprocedure, a.name) AS remediation
FROM pg_init_privs i
JOIN pg_proc p ON p.oid = i.objoid
CROSS JOIN LATERAL aclexplode(p.proacl) x
JOIN tenancy.application_role a ON a.role = x.grantee
WHERE i.classoid = 'pg_proc'::regclass
  AND x.grantee <> p.proowner
  AND NOT EXISTS (SELECT FROM aclexplode(i.initprivs) g WHERE g.grantee IN (0, x.grantee))
  -- What of pg_tenancy's is granted to whom is another check's.
  AND NOT EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'pg_tenancy'
                  WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
