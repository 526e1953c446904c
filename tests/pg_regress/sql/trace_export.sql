-- The export of a tenant: each row as it is hashed, with its position, and the payload with its salt until it is erased.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\i :suites/../fixtures/traces.sql
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_part', '{"user_id": "ada", "correlation_id": "request 7"}') = :'acme' AS bound;
SELECT tenancy.trace('llm_call', 'gpt', 'search', 10, 20, 0.000120, 12.5, 'fast', 'full', E'Who "is"\n\u0001?', '[{"id": 1.50, "at": "\u00fc"}]', '{"b": 1e2, "a": [null, true, 1E-7, -0]}',
                     'session', 3, '00000000-0000-0000-0000-000000000009', '4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7') IS NOT NULL AS traced;
COMMIT;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.trace('decision', outcome => 'empty') IS NOT NULL AS traced;
SELECT tenancy.trace('response', outcome => 'to be erased', query => 'secret') AS erased \gset
COMMIT;
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT tenancy.trace('decision', outcome => 'g1') IS NOT NULL AS traced;
COMMIT;
\c - regress_world_admin
SELECT * FROM world.seal();
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_boss') = :'acme' AS bound;
SELECT tenancy.trace('decision', outcome => 'unsealed') IS NOT NULL AS traced;
SELECT tenancy.redact_trace(:'erased');
COMMIT;
\c - :SUPERUSER
SELECT world.name_traces();
\pset format unaligned
\pset tuples_only on
SELECT world.plain(line) FROM tenancy.export_trace('acme') WITH ORDINALITY e (line, n) ORDER BY coalesce(line::jsonb ->> 'position', '9'), world.plain(line);
SELECT world.plain(line) FROM tenancy.export_trace('globex') e (line);
-- Sealed rows come in the order of the log.
SELECT bool_and((line::jsonb ->> 'position')::int = n - 1) FROM tenancy.export_trace('acme') WITH ORDINALITY e (line, n) WHERE n <= 3;
-- What is hashed is the line up to the leaf, and the digest is that of the payload: anybody can compute both.
CREATE FUNCTION world.leaf_of(line text) RETURNS text LANGUAGE sql AS $$
    SELECT encode(sha256('\x00' || convert_to(regexp_replace(line, ',"leaf":"[0-9a-f]{64}".*$', '}'), 'UTF8')), 'hex')
$$;
SELECT bool_and(line::jsonb ->> 'leaf' = world.leaf_of(line)) AS leaves FROM tenancy.export_trace('acme') e (line);
SELECT line::jsonb ->> 'payload_digest' = encode(sha256(convert_to(regexp_replace(line, '^.*"payload":(\{.*\})(,"position":\d+)?\}$', '\1'), 'UTF8')), 'hex') AS digest
FROM tenancy.export_trace('acme') e (line) WHERE line::jsonb ? 'payload' AND line::jsonb ->> 'outcome' = 'full';
-- The tenant itself reads it whole with trace:read and without a floor, whatever it calls itself; and no other's.
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_boss') = :'acme' AS bound;
SELECT count(*) FROM tenancy.export_trace(NULL);
SELECT count(*) FROM tenancy.export_trace('acme');
SELECT count(*) FROM tenancy.export_trace(:'acme');
SELECT tenancy.export_trace('globex');
ROLLBACK;
\c - regress_world_auditor
SELECT count(*) FROM tenancy.export_trace('acme') e (line) WHERE line::jsonb ->> 'kind' <> 'denial';
SELECT count(*) FROM tenancy.export_trace('globex');
SELECT tenancy.export_trace(NULL);
SELECT tenancy.export_trace('');
SELECT tenancy.export_trace('nobody');
SELECT count(*) FROM tenancy.export_trace('99999999-0000-4000-8000-000000000000');
\i :suites/../fixtures/clear.sql
