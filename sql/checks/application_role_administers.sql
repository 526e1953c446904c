-- id: application_role_administers
-- severity: critical
-- title: Application role that can administer or audit all tenants
-- why: tenancy_admin issues itself keys of every tenant; tenancy_auditor reads every tenant's traces, keys and name.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, a.role AS object_id, a.name AS object,
       format('%s %s', a.name, a.how) AS message, a.revoke AS remediation
FROM tenancy.application_role a
WHERE a.name IN ('tenancy_admin', 'tenancy_auditor')
