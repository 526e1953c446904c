-- id: trusted_network
-- severity: high
-- title: Connections from a network are let in without a password
-- why: Who is let in as anybody is let in as a superuser, or as the owner of all tenants' rows.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, NULL::oid AS object_id, format('pg_hba.conf line %s', h.line_number) AS object,
       format('line %s of pg_hba.conf trusts connections from %s', h.line_number, concat_ws(' ', h.address, h.netmask)) AS message,
       '-- set its method to scram-sha-256, and SELECT pg_reload_conf();' AS remediation
FROM pg_hba_file_rules h
WHERE h.auth_method = 'trust'
  AND h.type <> 'local'
  AND h.address NOT IN ('127.0.0.1', '::1', 'localhost', 'samehost')
