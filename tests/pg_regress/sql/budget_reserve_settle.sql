-- Budgets: what is spent stays spent though the transaction rolls back; what is reserved and not spent is given back.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\c - regress_world_admin
SELECT tenancy.set_budget('acme', 'tokens', 1000, 'month');
SELECT tenancy.set_budget(:'acme', 'cost', 2.5, 'month');
SELECT tenancy.set_budget('globex', 'tokens', 10, 'month');
SELECT tenant, metric, period, mode, amount, leased, used, reserved, 
       resets_at = (date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC' AS resets
FROM tenancy.budget_status ORDER BY 1, 2;
\c - regress_world_app
\set VERBOSITY terse
-- Rolled back, and yet spent.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.reserve('tokens', 100) AS r \gset
SELECT metric, amount, used, reserved FROM tenancy.current_budgets() ORDER BY 1;
SELECT tenancy.settle(:'r', 30);
SELECT metric, amount, used, reserved FROM tenancy.current_budgets() ORDER BY 1;
SELECT tenancy.reserve('tokens', 50) AS open \gset
ROLLBACK;
BEGIN READ ONLY;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT metric, used, reserved FROM tenancy.current_budgets() WHERE metric = 'tokens';
-- In another transaction than the one that reserved.
SELECT tenancy.settle(:'open', 50);
-- Twice.
SAVEPOINT s;
SELECT replace(world.attempt(format('SELECT tenancy.settle(%L, 1)', :'r')), :'r', 'R');
-- One that never was.
SELECT tenancy.settle('00000000-0000-4000-8000-000000000000', 1);
ROLLBACK TO s;
-- More than is left is refused, and takes nothing.
SELECT tenancy.reserve('tokens', 921);
ROLLBACK TO s;
SELECT tenancy.reserve('tokens', 920) AS all \gset
DO $$
DECLARE
    state text; message text; detail text; hint text;
BEGIN
    PERFORM tenancy.reserve('tokens', 1);
EXCEPTION WHEN configuration_limit_exceeded THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RAISE INFO E'% %\n%\n%', state, message, regexp_replace(detail, '\d{4}-\d\d-01T00:00:00Z', 'the first'), hint;
END $$;
SELECT tenancy.reserve('tokens', 0) IS NOT NULL AS nothing_is_to_be_had;
SELECT tenancy.settle(:'all', 20);
SELECT metric, used, reserved FROM tenancy.current_budgets() WHERE metric = 'tokens';
-- It cost more than was reserved.
SELECT tenancy.reserve('tokens', 100) AS r \gset
SELECT tenancy.settle(:'r', 150);
SELECT metric, used, reserved FROM tenancy.current_budgets() WHERE metric = 'tokens';
-- And more than there is: that is refused, and what is left is taken, as the call was made.
SELECT tenancy.reserve('tokens', 100) AS r \gset
SELECT world.attempt(format('SELECT tenancy.settle(%L, 851)', :'r'));
SELECT metric, used, reserved FROM tenancy.current_budgets() WHERE metric = 'tokens';
SELECT replace(world.attempt(format('SELECT tenancy.settle(%L, 1)', :'r')), :'r', 'R');
COMMIT;
-- A budget that is taken away and set again begins with nothing.
\! $ADMIN -q -c "SELECT tenancy.set_budget('acme', 'tokens', NULL, 'month')" -c "SELECT tenancy.set_budget('acme', 'tokens', 1000, 'month')" >/dev/null
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SAVEPOINT s;
-- Never settled: charged in full.
SELECT tenancy.reserve('tokens', 100, '0.1 seconds') AS r \gset
SELECT pg_sleep(0.2);
SELECT replace(world.attempt(format('SELECT tenancy.settle(%L, 1)', :'r')), :'r', 'R');
SELECT metric, used, reserved FROM tenancy.current_budgets() WHERE metric = 'tokens';
-- Money, to the thousand-millionth of a dollar; finer counts as one more.
SELECT tenancy.settle(tenancy.reserve('cost', 1.5), 0.0000000011);
SELECT metric, used, reserved FROM tenancy.current_budgets() WHERE metric = 'cost';
SELECT tenancy.reserve('cost', 2.499999998) IS NOT NULL AS reserved;
SELECT tenancy.reserve('cost', 0.000000001);
ROLLBACK TO s;
-- No budget, no limit; it settles once all the same.
SELECT tenancy.reserve('rows', 9223372036854775807) AS r \gset
SELECT tenancy.settle(:'r', 9223372036854775807);
SELECT replace(world.attempt(format('SELECT tenancy.settle(%L, 1)', :'r')), :'r', 'R');
-- Another tenant's reservation looks like none.
SELECT tenancy.reserve('tokens', 10) AS others \gset
COMMIT;
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT replace(world.attempt(format('SELECT tenancy.settle(%L, 0)', :'others')), :'others', 'R');
SELECT metric, used, reserved FROM tenancy.current_budgets();
COMMIT;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.settle(:'others', 0);
-- A trace that is refused is not charged, and settles nothing.
SELECT tenancy.reserve('tokens', 20) AS r \gset
SELECT left(world.attempt(format('SELECT tenancy.trace(''llm_call'', input_tokens => 10, detail => ''[1e400]'', reservations => ARRAY[%L::uuid])', :'r')), 5);
SELECT left(world.attempt('SELECT tenancy.trace(''llm_call'', input_tokens => 10, detail => ''[1e400]'')'), 5);
SELECT tenancy.settle(:'r', 0);
SELECT metric, used, reserved FROM tenancy.current_budgets() WHERE metric = 'tokens';
COMMIT;
-- Several budgets of a metric: all or none.
\c - regress_world_admin
SELECT tenancy.set_budget('globex', 'tokens', 100, 'day');
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SAVEPOINT s;
SELECT tenancy.reserve('tokens', 11);
ROLLBACK TO s;
SELECT period, used, reserved FROM tenancy.current_budgets() ORDER BY 1;
SELECT tenancy.settle(tenancy.reserve('tokens', 9), 4);
SELECT period, used, reserved FROM tenancy.current_budgets() ORDER BY 1;
COMMIT;
-- A limit that is lowered, raised, taken away; and set again, when nothing is spent of it.
\! $ADMIN -c "SELECT tenancy.set_budget('globex', 'tokens', 3, 'month')"
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SAVEPOINT s;
SELECT tenancy.reserve('tokens', 1);
ROLLBACK TO s;
\! $ADMIN -c "SELECT tenancy.set_budget('globex', 'tokens', 20, 'month')"
SELECT tenancy.settle(tenancy.reserve('tokens', 16), 16);
\! $ADMIN -c "SELECT tenancy.set_budget('globex', 'tokens', NULL, 'month')"
SELECT tenancy.settle(tenancy.reserve('tokens', 5), 5);
\! $ADMIN -c "SELECT tenancy.set_budget('globex', 'tokens', 20, 'month')"
SELECT period, used, reserved FROM tenancy.current_budgets() ORDER BY 1;
COMMIT;
-- What is leased is written down, and never beyond the limit.
\c - :SUPERUSER
SELECT b.metric, b.period, l.leased BETWEEN s.used AND b.amount AS leased
FROM tenancy.budget b JOIN tenancy.budget_lease l USING (budget_id)
CROSS JOIN LATERAL tenancy.budget_state(b.tenant_id, b.budget_id, b.metric, b.period, b.amount) s
WHERE b.metric = 'tokens' ORDER BY 1, 2, b.tenant_id;
-- A budget that is taken away, and a deleted tenant's, take them along.
DELETE FROM tenancy.tenant WHERE slug IN ('acme', 'globex');
SELECT count(*) FROM tenancy.budget;
SELECT count(*) FROM tenancy.budget_lease l WHERE NOT EXISTS (SELECT FROM tenancy.budget b WHERE b.budget_id = l.budget_id);
\i :suites/../fixtures/clear.sql
