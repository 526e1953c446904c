-- id: default_privilege
-- severity: medium
-- title: Default privilege that later tables must not have
-- why: Tables made from now on give the application what row security does not filter, and cannot be protected until it
-- why: is revoked.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, d.oid AS object_id, quote_ident(r.rolname) AS object,
       format('what %I creates%s gives %s to %s', r.rolname, ' in schema ' || quote_ident(n.nspname),
              string_agg(x.privilege_type, ', '), a.name) AS message,
       format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s REVOKE %s ON %s FROM %s;', r.rolname,
              ' IN SCHEMA ' || quote_ident(n.nspname), string_agg(x.privilege_type, ', '),
              CASE d.defaclobjtype WHEN 'n' THEN 'SCHEMAS' ELSE 'TABLES' END, a.name) AS remediation
FROM pg_default_acl d
JOIN pg_roles r ON r.oid = d.defaclrole
LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
CROSS JOIN LATERAL aclexplode(d.defaclacl) x
JOIN tenancy.application_role a ON a.role = x.grantee AND x.grantee <> d.defaclrole
WHERE d.defaclobjtype = 'r' AND x.privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN')
   OR d.defaclobjtype = 'n' AND x.privilege_type = 'CREATE'
GROUP BY d.oid, d.defaclobjtype, r.rolname, n.nspname, a.name
