-- A clock that goes back gives no period twice: what was leased under a clock that was ahead counts, until its period is
-- over. Taking the budget away and setting it again mends a clock that was wrong.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
SELECT date_trunc('month', now() AT TIME ZONE 'UTC') AS month \gset
SELECT tenancy.set_budget('acme', 'tokens', 10, 'month');
INSERT INTO tenancy.budget_lease
SELECT budget_id, (:'month'::timestamp + m * interval '1 month') AT TIME ZONE 'UTC', leased
FROM tenancy.budget, (VALUES (-1, 10), (0, 10), (1, 4)) v (m, leased);
SELECT used, reserved, (resets_at AT TIME ZONE 'UTC')::timestamp = :'month'::timestamp + interval '2 months' AS later FROM tenancy.budget_status;
\c - regress_world_app
\set VERBOSITY terse
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SAVEPOINT s;
SELECT tenancy.reserve('tokens', 7);
ROLLBACK TO s;
SELECT tenancy.reserve('tokens', 6) IS NOT NULL AS reserved;
SELECT used, reserved FROM tenancy.current_budgets();
SELECT tenancy.reserve('tokens', 1);
ROLLBACK;
\c - regress_world_admin
SELECT (period_start AT TIME ZONE 'UTC')::timestamp = :'month'::timestamp + interval '1 month' AS later, leased FROM tenancy.budget_lease ORDER BY period_start;
SELECT tenancy.set_budget('acme', 'tokens', NULL, 'month');
SELECT tenancy.set_budget('acme', 'tokens', 10, 'month');
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.reserve('tokens', 10) IS NOT NULL AS reserved;
COMMIT;
\c - :SUPERUSER
SELECT used, reserved, (resets_at AT TIME ZONE 'UTC')::timestamp = :'month'::timestamp + interval '1 month' AS now FROM tenancy.budget_status;
\i :suites/../fixtures/clear.sql
