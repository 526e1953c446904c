-- id: batch_role
-- severity: low
-- title: Role whose tenants stay bound for the session
-- why: That is meant for batch jobs on connections of their own. Behind a pooler the next user of a session finds the
-- why: tenant of the one before.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, s.role AS object_id, s.place AS object,
       format('sessions of %s begin with %s = %s', s.place, s.name, s.value) AS message, s.mend AS remediation
FROM tenancy.starting_setting s
JOIN tenancy.application_role a ON a.role = s.role AND s.role <> 0
WHERE s.name = 'tenancy.binding' AND s.value <> 'transaction'
