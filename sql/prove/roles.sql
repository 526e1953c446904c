-- The roles that matter to isolation, as the report has them. JSON.
SELECT coalesce(jsonb_agg(jsonb_build_object('name', r.rolname, 'login', r.rolcanlogin, 'kinds', k.kinds) ORDER BY r.rolname), '[]')::text
FROM pg_roles r
CROSS JOIN LATERAL (
    SELECT jsonb_agg(v.kind ORDER BY v.kind) AS kinds
    FROM (VALUES
        ('application', NOT r.rolsuper AND pg_has_role(r.oid, 'tenancy_app', 'MEMBER')),
        ('administrator', NOT r.rolsuper AND pg_has_role(r.oid, 'tenancy_admin', 'MEMBER')),
        ('auditor', NOT r.rolsuper AND pg_has_role(r.oid, 'tenancy_auditor', 'MEMBER')),
        ('exempt', r.rolsuper OR r.rolbypassrls),
        ('owner', EXISTS (SELECT FROM tenancy.protected_relation p JOIN pg_class c ON c.oid = p.relation
                          WHERE c.relowner = r.oid))) v (kind, holds)
    WHERE v.holds
) k
WHERE k.kinds IS NOT NULL
