-- What was spent, by day, principal, model and tool; each sees it of the traces that it may read.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\i :suites/../fixtures/traces.sql
CREATE TABLE world.tenant_name AS SELECT tenant_id, slug FROM tenancy.tenant;
GRANT SELECT ON world.tenant_name TO PUBLIC;
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_boss') = :'acme' AS bound;
SELECT count(tenancy.trace('llm_call', 'gpt', input_tokens => n, output_tokens => 10 * n, cost_usd => 0.1, duration_ms => 5)) FROM generate_series(1, 3) n;
SELECT count(tenancy.trace(kind, tool => 'search', cost_usd => 0.01)) FROM unnest('{tool_call,recall,cache_hit,response,decision,checkpoint,denial}'::text[]) kind;
-- A denial that a tenant traces, with any detail.
SELECT count(tenancy.trace('denial', outcome => 'its own', detail => d::jsonb))
FROM unnest('{"{\"suppressed\": \"abc\"}","{\"suppressed\": 1e30}","{\"suppressed\": {}}","{\"suppressed\": 7, \"message\": []}",[1],7,null}'::text[]) d;
COMMIT;
BEGIN;
SELECT tenancy.bind(:'acme_part') = :'acme' AS bound;
SELECT tenancy.trace('llm_call', 'gpt', input_tokens => 1000000000000) IS NOT NULL AS traced FROM generate_series(1, 2);
COMMIT;
BEGIN;
SELECT tenancy.bind(:'globex_boss') = :'globex' AS bound;
SELECT tenancy.trace('llm_call', 'gpt', output_tokens => 7) IS NOT NULL AS traced;
COMMIT;
\set usage 'SELECT t.slug, u.principal, u.model, u.tool, u.calls, u.input_tokens, u.output_tokens, u.cost_usd, u.duration_ms FROM tenancy.usage u JOIN world.tenant_name t USING (tenant_id) ORDER BY 1, 2, 3, 4;'
BEGIN;
SELECT tenancy.bind(:'acme_boss') = :'acme' AS bound;
:usage
COMMIT;
-- In its floor.
BEGIN;
SELECT tenancy.bind(:'acme_part') = :'acme' AS bound;
:usage
COMMIT;
-- Without trace:read, and unbound.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
:usage
ROLLBACK;
:usage
\c - regress_world_auditor
:usage
SELECT n.slug, d.message, d.suppressed, count(*) FROM tenancy.denial d JOIN world.tenant_name n USING (tenant_id)
WHERE d.sqlstate = 'its own' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
-- A day is one of UTC, whatever the time zone.
SET timezone = 'Pacific/Kiritimati';
SELECT count(*) AS days FROM (SELECT DISTINCT day FROM tenancy.usage EXCEPT SELECT DISTINCT (recorded_at AT TIME ZONE 'UTC')::date FROM tenancy.decision_trace) d;
\c - regress_world_admin
:usage
\i :suites/../fixtures/clear.sql
