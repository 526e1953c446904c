-- id: exempt_application_role
-- severity: critical
-- title: Application role that is, or can become, exempt from row security
-- why: Row security does not bind superusers and BYPASSRLS roles, and a REPLICATION role copies the whole cluster.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, r.oid AS object_id, quote_ident(r.rolname) AS object,
       format('%I has %s, and %s', r.rolname, x.attributes, coalesce(a.how, 'is granted tenancy_app')) AS message,
       CASE WHEN a.how IS NULL THEN s.revoke
            WHEN a.application THEN format('ALTER ROLE %I NOBYPASSRLS NOREPLICATION;', r.rolname)
            ELSE a.revoke END AS remediation
FROM pg_roles r
CROSS JOIN LATERAL (
    SELECT CASE WHEN r.rolsuper THEN 'SUPERUSER'
                ELSE concat_ws(' and ', CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END,
                               CASE WHEN r.rolreplication THEN 'REPLICATION' END) END AS attributes
) x
LEFT JOIN tenancy.application_role a ON a.role = r.oid
-- Superusers are of no application to tenancy.application_role; a grant says otherwise.
LEFT JOIN LATERAL (
    SELECT string_agg(format('REVOKE %s FROM %I;', g.name, r.rolname), ' ' ORDER BY g.name) AS revoke
    FROM pg_auth_members m JOIN tenancy.application_role g ON g.role = m.roleid AND g.application
    WHERE m.member = r.oid
) s ON r.rolsuper AND a.role IS NULL
WHERE x.attributes <> ''
  AND (a.role IS NOT NULL OR s.revoke IS NOT NULL)
