-- id: binding_session
-- severity: high
-- title: Tenants stay bound for the session, for everybody
-- why: Behind a pooler the next user of a session finds the tenant of the one before. Batch roles may be set so, one by one.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, NULL::oid AS object_id, s.place AS object,
       format('sessions of %s begin with %s = %s', s.place, s.name, s.value) AS message, s.mend AS remediation
FROM (
    SELECT o.name, o.value, o.role, o.place, o.mend FROM tenancy.starting_setting o
    UNION ALL
    -- The server's, where this session has a value of its own.
    SELECT f.name, f.setting, 0, 'the server', format('ALTER SYSTEM SET %s = %L; SELECT pg_reload_conf();', f.name, g.boot_val)
    FROM pg_file_settings f JOIN pg_settings g ON g.name = f.name
    WHERE f.applied
      AND NOT EXISTS (SELECT FROM tenancy.starting_setting o
                      WHERE o.name = f.name AND o.place = 'the server' AND g.sourcefile IS NOT NULL)
) s
WHERE s.name = 'tenancy.binding' AND s.value <> 'transaction' AND s.role = 0
