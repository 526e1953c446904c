-- With tenancy.trace_recall each recall leaves a trace of who asked; it is no way to write what one may not.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\i :suites/../fixtures/traces.sql
CREATE TABLE world.chunk (tenant_id uuid NOT NULL, at tenancy.scope NOT NULL, id int, body tsvector, embedding vector(2), PRIMARY KEY (tenant_id, id));
INSERT INTO world.chunk SELECT tenant::uuid, '{"team": "x"}', id, 'word', ARRAY[100, id]::vector FROM unnest(ARRAY[:'acme', :'globex']) tenant, generate_series(1, 5) id;
ALTER TABLE world.chunk OWNER TO regress_world_owner;
GRANT SELECT ON world.chunk TO regress_world_app;
SELECT tenancy.protect('world.chunk', scope_column => 'at');
\set asked 'SELECT id FROM tenancy.recall(NULL::chunk, \'[100,1]\', 2) ORDER BY id;'
\set traces 'SELECT kind, principal, scope, user_id, detail, duration_ms >= 0 AS duration, query, sources FROM tenancy.decision_trace ORDER BY recorded_at, trace_id;'
-- Off by default, and not for the application to turn on or off.
\c - regress_world_app
SHOW tenancy.trace_recall;
SET tenancy.trace_recall = on;
BEGIN;
SELECT tenancy.bind(:'acme_boss') = :'acme' AS bound;
:asked
:traces
COMMIT;
\c - :SUPERUSER
ALTER ROLE regress_world_app SET tenancy.trace_recall = on;
\c - regress_world_app
SHOW tenancy.trace_recall;
BEGIN;
SELECT tenancy.bind(:'acme_part', '{"user_id": "ada"}') = :'acme' AS bound;
:asked
SELECT id FROM tenancy.recall(NULL::chunk, '[100,1]', 1, text_query => 'word');
SELECT count(*) FROM tenancy.recall(NULL::chunk, '[100,1]', 10, '{"user": "nobody"}');
-- A plan is no recall; nor is one that fails.
SELECT count(*) > 0 AS planned FROM tenancy.recall_plan(NULL::chunk, '[100,1]', 2);
SAVEPOINT s;
SELECT count(*) FROM tenancy.recall(NULL::chunk, '[100,1]', 0);
ROLLBACK TO s;
:traces
-- In a query, once a call.
SELECT count(*) FROM generate_series(1, 3) n, LATERAL tenancy.recall(NULL::chunk, ARRAY[100, n]::vector, 1);
SELECT count(*) FROM tenancy.decision_trace;
-- One's own names do not get in.
SET search_path = world;
SELECT count(*) FROM tenancy.recall(NULL::world.chunk, '[100,1]', 1);
SELECT count(*) FROM tenancy.decision_trace;
ROLLBACK;
SET tenancy.trace_recall = off;
-- Where nothing can be written, nothing is told.
BEGIN READ ONLY;
SELECT tenancy.bind(:'acme_boss') = :'acme' AS bound;
:asked
ROLLBACK;
BEGIN;
:asked
ROLLBACK;
BEGIN;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
SELECT tenancy.bind(:'acme_boss') = :'acme' AS bound;
:asked
COMMIT;
\c - :SUPERUSER
SELECT kind, principal, detail FROM tenancy.decision_trace;
SELECT count(*) FROM tenancy.seal();
SELECT * FROM world.problems('acme');
\i :suites/../fixtures/clear.sql
