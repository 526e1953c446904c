CREATE VIEW tenancy.key_list WITH (security_invoker = true) AS
SELECT k.key_id, t.slug AS tenant, k.tenant_id, k.name, k.principal, k.capabilities, k.scope_floor,
       CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked'
            WHEN k.expires_at OPERATOR(pg_catalog.<=) pg_catalog.now() THEN 'expired'
            ELSE 'active' END AS status,
       k.created_at, k.expires_at, k.revoked_at, k.rotated_from, k.parent_key_id, k.delegated_by,
       greatest(u.last_used_at, tenancy.key_last_used(k.key_id)) AS last_used_at
FROM tenancy.api_key k
JOIN tenancy.tenant t ON t.tenant_id OPERATOR(pg_catalog.=) k.tenant_id
LEFT JOIN tenancy.key_use u ON u.key_id OPERATOR(pg_catalog.=) k.key_id;
