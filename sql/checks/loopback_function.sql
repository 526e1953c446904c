-- id: loopback_function
-- severity: high
-- title: Functions that connect to servers, executable by an application
-- why: A session that dblink opens, to this database too, has no tenant bound and the rights of whom it connects as.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, e.oid AS object_id, quote_ident(e.extname) AS object,
       format('%s may open connections with %I', a.name, e.extname) AS message,
       string_agg(format('REVOKE EXECUTE ON FUNCTION %s FROM %s;', p.oid::regprocedure, a.name), ' '
                  ORDER BY p.oid::regprocedure::text) AS remediation
FROM pg_extension e
JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
                AND d.classid = 'pg_proc'::regclass
JOIN pg_proc p ON p.oid = d.objid
CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
JOIN tenancy.application_role a ON a.role = x.grantee
WHERE e.extname = 'dblink'
  AND p.proname IN ('dblink', 'dblink_connect', 'dblink_exec', 'dblink_open', 'dblink_send_query')
  AND x.grantee <> p.proowner
GROUP BY e.oid, e.extname, a.name
