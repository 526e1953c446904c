-- Payloads are erased, each erasure is a trace itself, and the log verifies as before.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\i :suites/../fixtures/traces.sql
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT count(tenancy.trace(kind, outcome => kind || ' of a', query => 'secret', sources => '[1]', detail => '{"a": "secret"}')) FROM unnest('{llm_call,tool_call,recall,decision}'::text[]) kind;
SELECT tenancy.trace('response', outcome => 'bare') IS NOT NULL AS traced;
COMMIT;
BEGIN;
SELECT tenancy.bind(:'acme_part') = :'acme' AS bound;
SELECT tenancy.trace('response', outcome => 'part of a', query => 'secret') IS NOT NULL AS traced;
COMMIT;
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT tenancy.trace('response', outcome => 'of g', query => 'secret') IS NOT NULL AS traced;
COMMIT;
\c - :SUPERUSER
SELECT * FROM world.seal();
SELECT world.name_traces();
SELECT world.trace('llm_call of a') AS a, world.trace('bare') AS bare, world.trace('part of a') AS part, world.trace('of g') AS g, now() AS now \gset
-- One: with forget, in the floor, of the own tenant.
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_part') = :'acme' AS bound;
SELECT tenancy.redact_trace(:'part');
SELECT tenancy.redact_trace(:'part') AS again;
SAVEPOINT s;
SELECT world.tried(format('SELECT tenancy.redact_trace(%L::uuid)', :'a')) AS outside_the_floor;
ROLLBACK TO s;
-- All of a tenant is more than a floor reaches.
SELECT tenancy.redact_trace('acme', :'now');
COMMIT;
BEGIN;
SELECT tenancy.bind(:'acme_part') = :'acme' AS bound;
SELECT tenancy.redact_trace(:'part');
COMMIT;
BEGIN;
SELECT tenancy.bind(:'acme_boss', '{"user_id": "ada"}') = :'acme' AS bound;
SELECT tenancy.redact_trace(:'part') AS again;
SELECT tenancy.redact_trace(:'bare') AS without_payload;
SELECT tenancy.redact_trace(:'a');
SELECT tenancy.redact_trace('00000000-0000-0000-0000-000000000000'::uuid);
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'acme_boss', '{"user_id": "ada"}') = :'acme' AS bound;
SELECT tenancy.redact_trace(:'a');
COMMIT;
-- The trace of an erasure is not erased.
\c - :SUPERUSER
SELECT trace_id AS redaction FROM tenancy.decision_trace WHERE kind = 'redaction' ORDER BY recorded_at LIMIT 1 \gset
SELECT world.tried(format('SELECT tenancy.redact_trace(%L::uuid)', :'redaction')) AS erased;
-- Many: dry, by kind, and before a time.
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_boss') = :'acme' AS bound;
SELECT tenancy.redact_trace('acme', :'now', dry_run => true) AS would, tenancy.redact_trace(NULL, :'now', '{recall}', true) AS recall, tenancy.redact_trace('acme', :'now', '{response}', true) AS response,
       tenancy.redact_trace('acme', '2020-01-01', dry_run => true) AS long_ago, tenancy.redact_trace('acme', '-infinity', dry_run => true) AS never, tenancy.redact_trace('acme', :'now', '{}', true) AS no_kind;
SELECT tenancy.redact_trace('acme', '2020-01-01') AS long_ago, tenancy.redact_trace('acme', :'now', '{response}') AS response;
SELECT tenancy.redact_trace('acme', :'now', '{recall,tool_call}') AS erased;
SELECT tenancy.redact_trace('acme', :'now', '{recall,tool_call}') AS again;
COMMIT;
\set VERBOSITY terse
BEGIN;
SELECT tenancy.bind(:'acme_boss') = :'acme' AS bound;
SAVEPOINT s;
SELECT tenancy.redact_trace('acme', :'now', '{redaction}');
ROLLBACK TO s;
SELECT tenancy.redact_trace('acme', :'now', '{recall,NULL}');
ROLLBACK TO s;
SELECT tenancy.redact_trace('acme', :'now', '{Recall}');
ROLLBACK TO s;
SELECT tenancy.redact_trace('acme', NULL);
ROLLBACK TO s;
SELECT tenancy.redact_trace(NULL::uuid);
ROLLBACK TO s;
SELECT tenancy.redact_trace('globex', :'now');
ROLLBACK TO s;
SELECT tenancy.redact_trace('nobody', :'now');
ROLLBACK TO s;
SELECT world.tried(format('SELECT tenancy.redact_trace(%L::uuid)', :'g')) AS of_another;
ROLLBACK;
BEGIN READ ONLY;
SELECT tenancy.bind(:'acme_boss') = :'acme' AS bound;
SELECT tenancy.redact_trace('acme', :'now', dry_run => true);
ROLLBACK;
\set VERBOSITY default
-- An administrator erases for any tenant, unbound; an auditor does not.
\c - regress_world_admin
SELECT tenancy.redact_trace('acme', 'infinity', '{llm_call,tool_call,recall,decision,response}') AS erased, tenancy.redact_trace('globex', 'infinity') AS of_g;
SELECT tenancy.redact_trace(NULL, 'infinity');
SELECT tenancy.redact_trace('nobody', 'infinity');
\c - regress_world_auditor
SELECT tenancy.redact_trace('acme', 'infinity');
SELECT tenancy.redact_trace(:'g'::uuid);
-- What is left.
\c - :SUPERUSER
SELECT world.name_traces();
UPDATE world.named SET name = 'redaction ' || n FROM (SELECT trace_id, row_number() OVER (ORDER BY recorded_at) AS n FROM tenancy.decision_trace WHERE kind = 'redaction') r WHERE r.trace_id = named.trace_id;
SELECT n.name, d.query, d.sources, d.detail, length(d.payload_salt) AS salt, length(d.payload_digest) AS digest, r.name AS redaction
FROM tenancy.decision_trace d JOIN world.named n USING (trace_id) LEFT JOIN world.named r ON r.trace_id = d.redaction_id WHERE d.kind NOT IN ('redaction', 'denial') ORDER BY n.name;
SELECT n.name, d.principal, d.user_id, d.scope, world.plain((d.detail - 'before')::text) AS detail, d.detail ? 'before' AS before
FROM tenancy.decision_trace d JOIN world.named n USING (trace_id) WHERE d.kind = 'redaction' ORDER BY d.recorded_at;
-- Of what is left, records of erasures are not to be erased.
SELECT tenancy.redact_trace('acme', 'infinity', dry_run => true) AS would, tenancy.redact_trace('globex', 'infinity') AS erased;
SELECT * FROM world.problems('acme');
SELECT * FROM world.problems('globex');
SELECT tenant FROM world.seal();
SELECT * FROM world.problems('acme');
-- No export has what was erased.
SELECT count(*) FILTER (WHERE line LIKE '%secret%') AS secrets, count(*) FILTER (WHERE line LIKE '%"payload"%') AS payloads, count(*) FILTER (WHERE line LIKE '%payload_digest%') AS digests FROM tenancy.export_trace('acme') e (line) WHERE line::jsonb ->> 'kind' <> 'denial';
-- Nor has the table itself, once it is vacuumed.
SELECT count(*) FROM tenancy.decision_trace d WHERE d::text LIKE '%secret%';
\i :suites/../fixtures/clear.sql
