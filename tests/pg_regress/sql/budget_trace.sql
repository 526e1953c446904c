-- What is traced is charged: tokens and cost, or what was reserved for them.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
SELECT tenancy.set_budget('acme', 'tokens', 1000, 'month');
SELECT tenancy.set_budget('acme', 'cost', 2, 'month');
SELECT tenancy.set_budget('globex', 'tokens', 1000, 'month');
\c - regress_world_app
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
-- Tokens in and out, and cost, rounded up to what is counted; what says neither costs nothing.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.trace('llm_call', input_tokens => 90, output_tokens => 10, cost_usd => 0.5) IS NOT NULL AS traced;
SELECT tenancy.trace('llm_call', output_tokens => 1, cost_usd => 0.0000000001) IS NOT NULL AS traced;
SELECT tenancy.trace('decision') IS NOT NULL AS traced;
SELECT metric, used, reserved FROM tenancy.current_budgets() ORDER BY metric;
COMMIT;
-- A rollback gives nothing back; a trace that is refused takes nothing.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.trace('llm_call', input_tokens => 99) IS NOT NULL AS traced;
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SAVEPOINT s;
SELECT tenancy.trace('llm_call', input_tokens => 100, detail => '{"x": 1e400}');
ROLLBACK TO s;
SELECT tenancy.trace('nothing', input_tokens => 100);
ROLLBACK TO s;
SELECT tenancy.trace('llm_call', input_tokens => 100, cost_usd => -1);
ROLLBACK TO s;
SELECT metric, used, reserved FROM tenancy.current_budgets() ORDER BY metric;
\set VERBOSITY sqlstate
-- What was reserved is settled with what was spent, less or more; the rest is charged.
SELECT tenancy.reserve('tokens', 300) AS tokens \gset
SELECT tenancy.reserve('cost', 1) AS cost \gset
SELECT metric, used, reserved FROM tenancy.current_budgets() ORDER BY metric;
SELECT tenancy.trace('llm_call', input_tokens => 200, output_tokens => 50, cost_usd => 1.25, reservations => ARRAY[:'tokens', :'cost']::uuid[]) IS NOT NULL AS traced;
SELECT metric, used, reserved FROM tenancy.current_budgets() ORDER BY metric;
SAVEPOINT s;
SELECT tenancy.trace('llm_call', input_tokens => 1, reservations => ARRAY[:'tokens']::uuid[]) AS settled \gset
ROLLBACK TO s;
SELECT tenancy.reserve('tokens', 10) AS tokens \gset
-- One of each metric, and of those that it says.
SELECT tenancy.reserve('tokens', 10) AS more \gset
SELECT tenancy.reserve('requests', 1) AS requests \gset
SAVEPOINT s;
SELECT tenancy.trace('llm_call', input_tokens => 1, reservations => ARRAY[:'tokens', :'more']::uuid[]) AS doubled \gset
ROLLBACK TO s;
SELECT tenancy.trace('llm_call', input_tokens => 1, reservations => ARRAY[:'requests']::uuid[]) AS another \gset
ROLLBACK TO s;
SELECT tenancy.trace('llm_call', reservations => ARRAY[:'tokens']::uuid[]) AS unsaid \gset
ROLLBACK TO s;
SELECT tenancy.trace('llm_call', input_tokens => 1, reservations => ARRAY[NULL]::uuid[]);
ROLLBACK TO s;
SELECT metric, used, reserved FROM tenancy.current_budgets() ORDER BY metric;
COMMIT;
-- Another tenant's is not open, and stays as it is.
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SAVEPOINT s;
SELECT tenancy.trace('llm_call', input_tokens => 1, reservations => ARRAY[:'tokens']::uuid[]) AS foreign \gset
ROLLBACK TO s;
SELECT metric, used, reserved FROM tenancy.current_budgets() ORDER BY metric;
COMMIT;
-- More than there is: nothing is traced, and what is left is taken, as the call was made. Then nothing is had any more.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SAVEPOINT s;
SELECT tenancy.trace('llm_call', input_tokens => 900, cost_usd => 0.125, reservations => ARRAY[:'tokens']::uuid[]);
ROLLBACK TO s;
SELECT metric, used, reserved FROM tenancy.current_budgets() ORDER BY metric;
SELECT tenancy.reserve('tokens', 1);
ROLLBACK TO s;
SELECT tenancy.settle(:'more', 10);
SELECT tenancy.trace('llm_call', cost_usd => 2);
ROLLBACK TO s;
SELECT metric, used, reserved FROM tenancy.current_budgets() ORDER BY metric;
COMMIT;
-- Who reserves too little is stopped all the same.
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT tenancy.reserve('tokens', 1) AS tokens \gset
SAVEPOINT s;
SELECT tenancy.settle(:'tokens', 2000);
ROLLBACK TO s;
SELECT tenancy.reserve('tokens', 1);
ROLLBACK;
\c - :SUPERUSER
SELECT count(*), sum(input_tokens + coalesce(output_tokens, 0)) FROM tenancy.decision_trace WHERE kind = 'llm_call';
\i :suites/../fixtures/clear.sql
