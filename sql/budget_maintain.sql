-- Deletes leases of periods that are over, and of budgets that are gone. The latest of a budget stays, so that a clock that
-- goes back finds it.
DELETE FROM tenancy.budget_lease l
WHERE (l.budget_id, l.period_start) IN (
    SELECT o.budget_id, o.period_start
    FROM tenancy.budget_lease o LEFT JOIN tenancy.budget b ON b.budget_id = o.budget_id
    WHERE b.budget_id IS NULL
       OR EXISTS (SELECT FROM tenancy.budget_lease n WHERE n.budget_id = o.budget_id AND n.period_start > o.period_start)
    ORDER BY o.budget_id, o.period_start
    LIMIT $1)
RETURNING l.budget_id
