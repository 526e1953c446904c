-- A budget, and what is leased of it in the period that began at $4, or in a later one that was written under a clock ahead.
SELECT b.amount, b.mode, l.period_start, l.leased
FROM tenancy.budget b
LEFT JOIN LATERAL (
    SELECT l.period_start, l.leased FROM tenancy.budget_lease l
    WHERE l.tenant_id = b.tenant_id AND l.metric = b.metric AND l.period = b.period AND l.period_start >= $4
    ORDER BY l.period_start DESC LIMIT 1
) l ON true
WHERE b.tenant_id = $1 AND b.metric = $2 AND b.period = $3
