-- A trace says who did it, by the bound context and by nothing else, and keeps what it was given.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\i :suites/../fixtures/traces.sql
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_part', jsonb_build_object('user_id', 'ada', 'correlation_id', 'request 7', 'scope', '{"user": "u"}'::jsonb, 'on_behalf_of', :'acme_key')) = :'acme' AS bound;
SELECT tenancy.trace('llm_call', 'gpt', 'search', 10, 20, 0.000120, 12.5, 'fast', 'full', 'Who?', '[{"id": 1.50}]', '{"b": 1, "a": [null, true]}',
                     'session', 3, '00000000-0000-0000-0000-000000000009', '4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7') AS full_id \gset
SELECT tenancy.trace('decision', outcome => 'empty') AS empty_id \gset
COMMIT;
BEGIN;
SELECT tenancy.bind(:'token_acme_rich') = :'acme' AS bound;
SELECT tenancy.trace('response', outcome => 'by token') IS NOT NULL AS traced;
COMMIT;
-- All kinds; whoever is bound may record, also who may only read.
\c - :SUPERUSER
SELECT secret AS bare FROM tenancy.create_key('acme', 'bare', '{read}') \gset
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'bare') = :'acme' AS bound;
SELECT tenancy.trace(kind, outcome => 'kinds') IS NOT NULL AS traced FROM unnest('{llm_call,tool_call,recall,cache_hit,decision,response,checkpoint,denial}'::text[]) kind;
COMMIT;
-- What the edges of the bounds are.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.trace('llm_call', repeat('m', 1024), input_tokens => 0, output_tokens => 1000000000000, cost_usd => 999999999.99, duration_ms => 0, turn => 0, outcome => 'edges', query => '', sources => 'null', detail => '{}') IS NOT NULL AS traced;
SELECT tenancy.trace('llm_call', cost_usd => 0.00, duration_ms => 1e-300, outcome => 'small', query => repeat('ü', 524285), sources => '1') IS NOT NULL AS traced;
COMMIT;
\c - :SUPERUSER
SELECT world.name_traces();
\x on
SELECT trace_id = :'full_id' AS given, world.plain(tenant_id::text) AS tenant, scope, kind, principal, world.plain(key_id::text) AS key, user_id, on_behalf_of, correlation_id, session_id, turn, parent_id,
       otel_trace_id, otel_span_id, model, tool, input_tokens, output_tokens, cost_usd, duration_ms, tier, outcome, query, sources, detail,
       length(payload_salt) AS salt, length(payload_digest) AS digest, redaction_id, length(leaf) AS leaf, written_in > 0 AS written_in,
       written_by = (SELECT system_identifier FROM pg_control_system()) AS written_by, recorded_at BETWEEN now() - interval '1 minute' AND clock_timestamp() AS recorded_now,
       substr(trace_id::text, 15, 1) AS uuid_version
FROM tenancy.decision_trace WHERE outcome IN ('full', 'empty', 'by token') ORDER BY outcome;
\x off
SELECT kind, principal, scope FROM tenancy.decision_trace WHERE outcome = 'kinds' ORDER BY kind;
SELECT outcome, length(model), input_tokens, output_tokens, cost_usd, duration_ms, turn, length(query), sources, detail FROM tenancy.decision_trace WHERE outcome IN ('edges', 'small') ORDER BY outcome;
-- Rows of one transaction have one, and two salts are never the same; where there is no payload there is none.
SELECT count(DISTINCT written_in), count(DISTINCT payload_salt), count(payload_salt), count(DISTINCT leaf), count(*) FROM tenancy.decision_trace;
SELECT world.problems('acme');
\i :suites/../fixtures/clear.sql
