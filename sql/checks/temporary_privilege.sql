-- id: temporary_privilege
-- severity: low
-- title: Application that may create temporary objects
-- why: In a pooled session temporary tables shadow others' for the next tenant. The extension refuses them; without the
-- why: privilege there is nothing to refuse.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, d.oid AS object_id, quote_ident(d.datname) AS object,
       format('%s may create temporary objects in database %I', a.name, d.datname) AS message,
       format('REVOKE TEMPORARY ON DATABASE %I FROM %s;', d.datname, a.name) AS remediation
FROM pg_database d
CROSS JOIN LATERAL aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) x
JOIN tenancy.application_role a ON a.role = x.grantee
WHERE d.datname = current_database() AND x.privilege_type = 'TEMPORARY' AND x.grantee <> d.datdba
