-- id: parameter_privilege
-- severity: high
-- title: Application that may set what only administrators should
-- why: SET on these settings switches the guard, triggers or the end of contexts; ALTER SYSTEM on any of them changes the
-- why: server for all, and can make it load a library.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, p.oid AS object_id, p.parname AS object,
       format('%s has %s on parameter %s', a.name, x.privilege_type, p.parname) AS message,
       format('REVOKE %s ON PARAMETER %s FROM %s;', x.privilege_type, p.parname, a.name) AS remediation
FROM pg_parameter_acl p
CROSS JOIN LATERAL aclexplode(p.paracl) x
JOIN tenancy.application_role a ON a.role = x.grantee
WHERE x.privilege_type = 'ALTER SYSTEM'
   OR p.parname LIKE 'tenancy.%'
   OR p.parname IN ('session_replication_role', 'session_preload_libraries', 'dynamic_library_path',
                    'allow_system_table_mods', 'event_triggers', 'jit_provider')
