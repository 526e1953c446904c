-- id: planted_setting
-- severity: medium
-- title: Sessions begin with a setting that weakens or breaks isolation
-- why: As a replica, a session runs no triggers and checks no foreign keys; with row_security off queries fail; a library
-- why: of its own runs below everything; system tables that may be modified are modified.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, s.role AS object_id, s.place AS object,
       format('sessions of %s begin with %s = %s', s.place, s.name, s.value) AS message, s.mend AS remediation
FROM tenancy.starting_setting s
JOIN tenancy.application_role a ON a.role = s.role
WHERE (s.name, lower(s.value)) IN (('session_replication_role', 'replica'), ('session_replication_role', 'local'))
   OR s.name = 'row_security' AND lower(s.value) NOT IN ('on', 'true', 'yes', '1')
   OR s.name = 'allow_system_table_mods' AND lower(s.value) NOT IN ('off', 'false', 'no', '0')
   -- Refused where it takes effect; a place that had it before the library was loaded keeps it.
   OR s.name = 'tenancy.session' AND s.value <> '' AND s.place <> 'the server'
   -- The server's own is its administrator's choice.
   OR s.name IN ('session_preload_libraries', 'local_preload_libraries') AND s.value NOT IN ('', '""') AND s.place <> 'the server'
