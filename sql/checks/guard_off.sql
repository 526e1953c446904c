-- id: guard_off
-- severity: high
-- title: Guard switched off, or only warning
-- why: Where sessions begin without the guard, a migration takes protection away and nobody is told.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, NULL::oid AS object_id, s.place AS object,
       format('sessions of %s begin with %s = %s', s.place, s.name, s.value) AS message, s.mend AS remediation
FROM (TABLE tenancy.starting_setting UNION ALL TABLE tenancy.configured_setting) s
WHERE s.name = 'tenancy.guard' AND lower(s.value) <> 'enforce'
   OR s.name = 'event_triggers' AND lower(s.value) NOT IN ('on', 'true', 'yes', '1') -- of Postgres 17 and later
