-- A budget, and what is leased of it in the period that began at $2, or in a later one that was written under a clock ahead.
SELECT b.amount, b.mode, l.period_start, l.leased, b.metric, b.period
FROM tenancy.budget b
LEFT JOIN LATERAL (
    SELECT l.period_start, l.leased FROM tenancy.budget_lease l
    WHERE l.budget_id = b.budget_id AND l.period_start >= $2
    ORDER BY l.period_start DESC LIMIT 1
) l ON true
WHERE b.budget_id = $1
