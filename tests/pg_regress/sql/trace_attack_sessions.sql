-- Attack: queries that live longer than a context: cursors, prepared statements and workers over the traces.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\i :suites/../fixtures/traces.sql
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT count(tenancy.trace('decision', outcome => 'a')) FROM generate_series(1, 300);
COMMIT;
BEGIN;
SELECT tenancy.bind(:'acme_part') = :'acme' AS bound;
SELECT count(tenancy.trace('decision', outcome => 'part')) FROM generate_series(1, 2);
COMMIT;
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT count(tenancy.trace('decision', outcome => 'g')) FROM generate_series(1, 100);
COMMIT;
-- Cursors, sorted and not, opened wider.
BEGIN;
SELECT tenancy.bind(:'acme_boss') = :'acme' AS bound;
DECLARE sorted CURSOR FOR SELECT outcome FROM tenancy.decision_trace ORDER BY outcome, trace_id;
DECLARE plain CURSOR FOR SELECT outcome FROM tenancy.decision_trace;
DECLARE spent CURSOR FOR SELECT calls FROM tenancy.usage;
DECLARE untouched CURSOR FOR SELECT outcome FROM tenancy.decision_trace ORDER BY outcome;
FETCH 1 FROM sorted;
FETCH 1 FROM plain;
FETCH 1 FROM spent;
SELECT tenancy.bind(:'acme_boss', '{"scope": {"team": "x"}}') = :'acme' AS narrower;
SELECT outcome, count(*) FROM tenancy.decision_trace GROUP BY 1;
FETCH ALL FROM untouched;
SAVEPOINT s;
FETCH 1 FROM sorted;
ROLLBACK TO s;
FETCH 1 FROM plain;
ROLLBACK TO s;
FETCH 1 FROM spent;
ROLLBACK TO s;
SELECT tenancy.unbind();
FETCH 1 FROM untouched;
ROLLBACK;
-- Without the capability from one statement to the next.
\c - :SUPERUSER
SELECT secret AS reader FROM tenancy.create_key('acme', 'reader', '{read}') \gset
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_boss') = :'acme' AS bound;
SELECT count(*) FROM tenancy.decision_trace;
SELECT tenancy.bind(:'reader') = :'acme' AS narrower;
SELECT count(*) FROM tenancy.decision_trace;
ROLLBACK;
-- Functions keep their plans from one tenant to the next.
\c - :SUPERUSER
CREATE FUNCTION world.counted() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM tenancy.decision_trace WHERE kind <> 'denial'); END $$;
CREATE FUNCTION world.traced() RETURNS uuid LANGUAGE plpgsql AS $$ BEGIN RETURN tenancy.trace('response', outcome => 'planned'); END $$;
\c - regress_world_app
SET plan_cache_mode = force_generic_plan;
BEGIN;
SELECT tenancy.bind(:'acme_boss') = :'acme' AS bound;
SELECT world.counted(), world.traced() IS NOT NULL AS traced, world.counted();
COMMIT;
BEGIN;
SELECT tenancy.bind(:'globex_boss') = :'globex' AS bound;
SELECT world.counted(), world.traced() IS NOT NULL AS traced, world.counted();
COMMIT;
BEGIN;
SELECT tenancy.bind(:'acme_part') = :'acme' AS bound;
SELECT world.counted(), world.traced() IS NOT NULL AS traced, world.counted();
COMMIT;
BEGIN;
SELECT world.counted();
ROLLBACK;
SELECT world.traced();
RESET plan_cache_mode;
-- In workers.
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET min_parallel_index_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SET debug_parallel_query = on;
BEGIN;
SELECT tenancy.bind(:'globex_boss') = :'globex' AS bound;
SELECT outcome, count(*) FROM tenancy.decision_trace WHERE kind <> 'denial' GROUP BY 1 ORDER BY 1;
COMMIT;
BEGIN;
SELECT tenancy.bind(:'acme_part') = :'acme' AS bound;
SELECT outcome, count(*) FROM tenancy.decision_trace WHERE kind <> 'denial' GROUP BY 1 ORDER BY 1;
SELECT count(tenancy.trace('decision', outcome => 'more')) FROM tenancy.decision_trace WHERE outcome = 'part';
COMMIT;
SELECT count(*) FROM tenancy.decision_trace;
\c - :SUPERUSER
SELECT tenant_id = :'acme' AS acme, principal, scope, outcome FROM tenancy.decision_trace WHERE outcome IN ('planned', 'more') ORDER BY 1, 2, 4;
\i :suites/../fixtures/clear.sql
