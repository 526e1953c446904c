CREATE VIEW tenancy.budget_status WITH (security_invoker = true) AS
SELECT t.slug AS tenant, b.metric, b.period, b.mode, s.amount, s.leased, s.used, s.reserved, s.resets_at
FROM tenancy.budget b
JOIN tenancy.tenant t ON t.tenant_id OPERATOR(pg_catalog.=) b.tenant_id
CROSS JOIN LATERAL tenancy.budget_state(b.tenant_id, b.budget_id, b.metric, b.period, b.amount) s;
