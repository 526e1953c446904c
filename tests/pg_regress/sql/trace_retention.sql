-- How long payloads are kept, by tenant and kind; maintain() erases what is past it.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\i :suites/../fixtures/traces.sql
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT count(tenancy.trace(kind, outcome => kind || ' of a', query => 'secret')) FROM unnest('{llm_call,tool_call,recall,decision}'::text[]) kind;
COMMIT;
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT tenancy.trace('decision', outcome => 'of g', query => 'secret') IS NOT NULL AS traced;
COMMIT;
\c - regress_world_admin
\set left 'SELECT string_agg(outcome, \', \' ORDER BY outcome) AS payloads_left FROM tenancy.decision_trace WHERE query IS NOT NULL;'
\set kept 'SELECT t.slug, r.kind, r.max_age FROM tenancy.trace_retention r JOIN tenancy.tenant t USING (tenant_id) ORDER BY 1, 2;'
-- Nothing is set, nothing is erased.
SELECT tenancy.maintain() -> 'payloads_erased' AS erased;
SELECT tenancy.set_retention('acme', '1 hour');
SELECT tenancy.set_retention('acme', '0', 'llm_call');
SELECT tenancy.set_retention('acme', '0', 'recall');
SELECT tenancy.set_retention('acme', '30 days', 'recall');
:kept
SELECT tenancy.maintain() -> 'payloads_erased' AS erased;
SELECT tenancy.maintain() -> 'payloads_erased' AS again;
\c - regress_world_auditor
:left
:kept
-- NULL takes a kind's back: that of all others holds for it then.
\c - regress_world_admin
SELECT tenancy.set_retention('acme', '0');
SELECT tenancy.maintain() -> 'payloads_erased' AS erased;
SELECT tenancy.set_retention('acme', NULL, 'recall');
SELECT tenancy.set_retention('acme', NULL, 'cache_hit');
SELECT tenancy.set_retention('acme', NULL, 'llm_call');
SELECT tenancy.maintain() -> 'payloads_erased' AS erased;
SELECT tenancy.set_retention('acme', NULL);
:kept
\c - regress_world_auditor
:left
SELECT kind, principal, detail - 'before' AS detail FROM tenancy.decision_trace WHERE kind = 'redaction' ORDER BY recorded_at;
-- What is wrong is said.
\c - regress_world_admin
\set VERBOSITY terse
SELECT tenancy.set_retention('acme', '-1 day');
SELECT tenancy.set_retention('acme', '1 month -31 days');
SELECT tenancy.set_retention('acme', '1 day', 'redaction');
SELECT tenancy.set_retention('acme', '1 day', '');
SELECT tenancy.set_retention('nobody', '1 day');
SELECT tenancy.set_retention(NULL, '1 day');
SELECT tenancy.set_retention('acme', '1001 years');
SELECT tenancy.set_retention('acme', '178000000 years');
SELECT tenancy.set_retention('globex', '1000 years');
SELECT tenancy.maintain() -> 'payloads_erased' AS erased;
BEGIN READ ONLY;
SELECT tenancy.set_retention('acme', '1 day');
ROLLBACK;
INSERT INTO tenancy.trace_retention SELECT tenant_id, 'recall', '-1 day' FROM tenancy.tenant;
INSERT INTO tenancy.trace_retention SELECT tenant_id, 'recall', '178000000 years' FROM tenancy.tenant;
:kept
-- An erasure is recorded in the tenant whose payloads are erased, whoever is bound.
SELECT tenancy.set_retention('globex', '0');
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.maintain() -> 'payloads_erased' AS erased;
COMMIT;
\c - regress_world_app
SELECT tenancy.set_retention('acme', '0');
SELECT * FROM tenancy.trace_retention;
\c - regress_world_auditor
SELECT tenancy.set_retention('acme', '0');
\c - :SUPERUSER
SELECT * FROM world.problems('acme');
SELECT * FROM world.problems('globex');
\i :suites/../fixtures/clear.sql
