-- id: foreign_server
-- severity: high
-- title: Foreign server within an application's reach
-- why: What is read through a foreign server, this one included, is read in a session that has no tenant bound.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, s.oid AS object_id, quote_ident(s.srvname) AS object,
       format('%s has USAGE on foreign server %I', a.name, s.srvname) AS message,
       CASE WHEN x.grantee = s.srvowner THEN format('ALTER SERVER %I OWNER TO a_role_that_no_application_can_become;', s.srvname)
            ELSE format('REVOKE USAGE ON FOREIGN SERVER %I FROM %s;', s.srvname, a.name) END AS remediation
FROM pg_foreign_server s
CROSS JOIN LATERAL aclexplode(coalesce(s.srvacl, acldefault('S', s.srvowner))) x
JOIN tenancy.application_role a ON a.role = x.grantee
UNION ALL
SELECT NULL, NULL, u.srvid, quote_ident(u.srvname),
       format('foreign server %I has a user mapping for %s', u.srvname, a.name),
       format('DROP USER MAPPING FOR %s SERVER %I;', a.name, u.srvname)
FROM pg_user_mappings u
JOIN tenancy.application_role a ON a.role = u.umuser
UNION ALL
SELECT NULL, NULL, w.oid, quote_ident(w.fdwname),
       format('%s has USAGE on foreign-data wrapper %I, and may make servers', a.name, w.fdwname),
       format('REVOKE USAGE ON FOREIGN DATA WRAPPER %I FROM %s;', w.fdwname, a.name)
FROM pg_foreign_data_wrapper w
CROSS JOIN LATERAL aclexplode(w.fdwacl) x
JOIN tenancy.application_role a ON a.role = x.grantee AND x.grantee <> w.fdwowner
