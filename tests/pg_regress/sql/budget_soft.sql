-- A soft budget warns once in a period, goes on, and keeps count.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
SELECT tenancy.set_budget('acme', 'requests', 3, 'month', 'soft');
SELECT tenancy.set_budget('acme', 'requests', 8, 'day', 'hard');
\c - regress_world_app
\set VERBOSITY terse
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.reserve('requests', 3) IS NOT NULL AS ok;
SELECT tenancy.reserve('requests', 1) IS NOT NULL AS ok;
SELECT tenancy.reserve('requests', 1) IS NOT NULL AS ok;
SELECT period, mode, used, reserved FROM tenancy.current_budgets() ORDER BY 1;
-- The hard one holds.
SELECT tenancy.reserve('requests', 4);
ROLLBACK;
-- From another session: no second warning.
\c -
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.reserve('requests', 1) IS NOT NULL AS ok;
SELECT period, mode, used, reserved FROM tenancy.current_budgets() ORDER BY 1;
COMMIT;
\i :suites/../fixtures/clear.sql
