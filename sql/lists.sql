-- What administrators and auditors look at.

-- A key ends with the first of those that it descends from; lines that do not end count as revoked.
CREATE VIEW tenancy.key_list WITH (security_invoker = true) AS
WITH RECURSIVE line (key_id, ancestor_id, length) AS (
    SELECT k.key_id, k.key_id, 1 FROM tenancy.api_key k
    UNION ALL
    SELECT l.key_id, a.parent_key_id, l.length OPERATOR(pg_catalog.+) 1
    FROM line l JOIN tenancy.api_key a ON a.key_id OPERATOR(pg_catalog.=) l.ancestor_id
    WHERE a.parent_key_id IS NOT NULL AND l.length OPERATOR(pg_catalog.<=) 16
), ended AS (
    SELECT l.key_id,
           pg_catalog.bool_or(a.key_id IS NULL OR a.revoked_at IS NOT NULL OR l.length OPERATOR(pg_catalog.>) 16) AS revoked,
           pg_catalog.bool_or(a.expires_at OPERATOR(pg_catalog.<=) pg_catalog.now()) AS expired
    FROM line l LEFT JOIN tenancy.api_key a ON a.key_id OPERATOR(pg_catalog.=) l.ancestor_id
    GROUP BY l.key_id
)
SELECT k.key_id, t.slug AS tenant, k.tenant_id, k.name, k.principal, k.capabilities, k.scope_floor,
       CASE WHEN e.revoked THEN 'revoked' WHEN e.expired THEN 'expired' ELSE 'active' END AS status,
       k.created_at, k.expires_at, k.revoked_at, k.rotated_from, k.parent_key_id, k.delegated_by,
       greatest(u.last_used_at, tenancy.key_last_used(k.key_id)) AS last_used_at
FROM tenancy.api_key k
JOIN ended e ON e.key_id OPERATOR(pg_catalog.=) k.key_id
JOIN tenancy.tenant t ON t.tenant_id OPERATOR(pg_catalog.=) k.tenant_id
LEFT JOIN tenancy.key_use u ON u.key_id OPERATOR(pg_catalog.=) k.key_id;

CREATE VIEW tenancy.tenant_list WITH (security_invoker = true) AS
SELECT t.tenant_id, t.slug, t.tenant_number, t.display_name, t.status, t.settings, t.created_at, t.suspended_at,
       coalesce(k.live_keys, 0) AS live_keys
FROM tenancy.tenant t
LEFT JOIN (
    SELECT l.tenant_id, pg_catalog.count(*) AS live_keys
    FROM tenancy.key_list l WHERE l.status OPERATOR(pg_catalog.=) 'active' GROUP BY l.tenant_id
) k ON k.tenant_id OPERATOR(pg_catalog.=) t.tenant_id
WHERE t.tenant_number OPERATOR(pg_catalog.<>) 0;
