-- Amounts that are none, names that are not known, and who may do what.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\c - regress_world_admin
\set VERBOSITY default
SELECT tenancy.set_budget('acme', 'tokens', -1, 'day');
SELECT tenancy.set_budget('acme', 'tokens', 1.5, 'day');
SELECT tenancy.set_budget('acme', 'tokens', 'NaN', 'day');
SELECT tenancy.set_budget('acme', 'tokens', 'Infinity', 'day');
SELECT tenancy.set_budget('acme', 'tokens', '-Infinity', 'day');
SELECT tenancy.set_budget('acme', 'tokens', 9223372036854775808, 'day');
SELECT tenancy.set_budget('acme', 'cost', 9223372037, 'day');
SELECT tenancy.set_budget('acme', 'cost', 0.0000000001, 'day');
SELECT tenancy.set_budget('acme', 'words', 1, 'day');
SELECT tenancy.set_budget('acme', 'tokens', 1, 'week');
SELECT tenancy.set_budget('acme', 'tokens', 1, 'day', 'firm');
SELECT tenancy.set_budget('nobody', 'tokens', 1, 'day');
SELECT tenancy.set_budget(NULL, 'tokens', 1, 'day');
SELECT tenancy.set_budget('acme', NULL, 1, 'day');
SELECT tenancy.set_budget('acme', 'tokens', 1, NULL);
SELECT tenancy.set_budget('acme', 'tokens', 1, 'day', NULL);
SELECT tenancy.set_budget('acme', 'tokens', 9223372036854775807, 'month');
SELECT tenancy.set_budget('acme', 'requests', 0, 'month');
SELECT tenancy.set_budget('acme', 'agents', 5, 'month', 'soft');
BEGIN READ ONLY;
SELECT tenancy.set_budget('acme', 'tokens', 1, 'day');
ROLLBACK;
SELECT tenancy.reserve('tokens', 1);
-- The tables are no way around: leases are the scribe's, and a budget's row keeps its tenant.
INSERT INTO tenancy.budget_lease VALUES (gen_random_uuid(), now(), 1);
UPDATE tenancy.budget_lease SET leased = 0;
UPDATE tenancy.budget SET budget_id = gen_random_uuid();
DELETE FROM tenancy.denial;
\c - regress_world_app
SELECT tenancy.set_budget('acme', 'tokens', 1, 'day');
SELECT * FROM tenancy.budget_status;
SELECT tenancy.budget_state(:'globex', gen_random_uuid(), 'tokens', 'day', 1);
SELECT * FROM tenancy.denial;
SELECT tenancy.reserve('tokens', 1);
SELECT tenancy.settle(gen_random_uuid(), 1);
SELECT * FROM tenancy.current_budgets();
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.reserve('words', 1);
SELECT tenancy.reserve(NULL, 1);
SELECT tenancy.reserve('tokens', NULL);
SELECT tenancy.reserve('tokens', -1);
SELECT tenancy.reserve('tokens', 'NaN');
SELECT tenancy.reserve('tokens', 'Infinity');
SELECT tenancy.reserve('tokens', 0.5);
SELECT tenancy.reserve('tokens', 1e100);
SELECT tenancy.reserve('tokens', 1, NULL);
SELECT tenancy.reserve('tokens', 1, '0');
SELECT tenancy.reserve('tokens', 1, '-1 hour');
SELECT tenancy.reserve('tokens', 1, '1 day 1 second');
SELECT tenancy.reserve('tokens', 1, '1 month');
SELECT tenancy.settle(NULL, 1);
SELECT tenancy.settle('00000000-0000-4000-8000-000000000000', NULL);
SELECT tenancy.reserve('tokens', 10) AS r \gset
SELECT tenancy.settle(:'r', NULL);
SELECT tenancy.settle(:'r', -1);
SELECT tenancy.settle(:'r', 'NaN');
SELECT tenancy.settle(:'r', 1e30);
-- Nothing of that has ended it.
SELECT tenancy.settle(:'r', 10);
-- Nothing may be spent.
SELECT world.attempt('SELECT tenancy.reserve(''requests'', 1)');
-- As much as can be counted; and a soft budget that cannot count on.
SELECT tenancy.reserve('tokens', 9223372036854775797) IS NOT NULL AS all_of_it;
SELECT world.attempt('SELECT tenancy.reserve(''tokens'', 1)') ~ '^53400' AS refused;
\set VERBOSITY terse
SELECT tenancy.reserve('agents', 9223372036854775807) IS NOT NULL AS all_of_it;
SELECT world.attempt('SELECT tenancy.reserve(''agents'', 1)') AS refused;
SELECT metric, mode, amount, used, reserved FROM tenancy.current_budgets() ORDER BY 1;
ROLLBACK;
\i :suites/../fixtures/clear.sql
