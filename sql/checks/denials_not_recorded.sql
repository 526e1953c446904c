-- id: denials_not_recorded
-- severity: low
-- title: Denials are not recorded
-- why: Refused credentials and violated policies are how an attack shows; without a record nobody sees it.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, s.role AS object_id, s.place AS object,
       format('sessions of %s begin with %s = %s', s.place, s.name, s.value) AS message, s.mend AS remediation
FROM tenancy.starting_setting s
JOIN tenancy.application_role a ON a.role = s.role
WHERE s.name = 'tenancy.record_denials' AND lower(s.value) NOT IN ('on', 'true', 'yes', '1')
