-- Deletes leases of periods that are over. The latest of a budget stays, so that a clock that goes back finds it.
DELETE FROM tenancy.budget_lease l
WHERE (l.tenant_id, l.metric, l.period, l.period_start) IN (
    SELECT o.tenant_id, o.metric, o.period, o.period_start
    FROM tenancy.budget_lease o
    WHERE o.period_start < date_trunc(o.period, now(), 'UTC')
      AND (EXISTS (SELECT FROM tenancy.budget_lease n
                   WHERE n.tenant_id = o.tenant_id AND n.metric = o.metric AND n.period = o.period
                     AND n.period_start > o.period_start)
           OR NOT EXISTS (SELECT FROM tenancy.budget b
                          WHERE b.tenant_id = o.tenant_id AND b.metric = o.metric AND b.period = o.period))
    ORDER BY o.tenant_id, o.metric, o.period, o.period_start
    LIMIT $1)
RETURNING l.tenant_id
