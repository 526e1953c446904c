-- id: unfiltered_function
-- severity: high
-- title: Functions of an extension that see past row security, executable by an application
-- why: A session that dblink opens, to this database too, has no tenant bound and the rights of whom it connects as;
-- why: pgrowlocks tells which rows are locked, of all tenants. Both are everybody's to execute as they are installed.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, e.oid AS object_id, quote_ident(e.extname) AS object,
       format('%s may %s with %I', a.name, u.does, e.extname) AS message,
       string_agg(format('REVOKE EXECUTE ON FUNCTION %s FROM %s;', p.oid::regprocedure, a.name), ' '
                  ORDER BY p.oid::regprocedure::text) AS remediation
FROM (VALUES ('dblink', 'open connections', '{dblink,dblink_connect,dblink_exec,dblink_open,dblink_send_query}'::name[]),
             ('pgrowlocks', 'see other tenants'' locks', '{pgrowlocks}')) u (extension, does, functions)
JOIN pg_extension e ON e.extname = u.extension
JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
                AND d.classid = 'pg_proc'::regclass
JOIN pg_proc p ON p.oid = d.objid AND p.proname = ANY (u.functions)
CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
JOIN tenancy.application_role a ON a.role = x.grantee
WHERE x.grantee <> p.proowner
GROUP BY e.oid, e.extname, u.does, a.name
