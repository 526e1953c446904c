-- id: binding_session
-- severity: high
-- title: Tenants stay bound for the session, for everybody
-- why: Behind a pooler the next user of a session finds the tenant of the one before. Batch roles may be set so, one by one.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, NULL::oid AS object_id, s.place AS object,
       format('sessions of %s begin with %s = %s', s.place, s.name, s.value) AS message, s.mend AS remediation
FROM (TABLE tenancy.starting_setting UNION ALL TABLE tenancy.configured_setting) s
WHERE s.name = 'tenancy.binding' AND s.value <> 'transaction' AND s.role = 0
