-- Traces, savepoints, narrowing and keys that end: a trace has what held when it was written, one that was rolled back was never there,
-- and an erasure that was rolled back erased nothing. Proofs hold after a payload is gone.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\i :suites/../fixtures/traces.sql
GRANT SELECT ON world.named TO regress_world_app;
\c - regress_world_app
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT tenancy.bind(:'acme_boss') = :'acme' AS bound;
SELECT tenancy.trace('decision', outcome => 'kept', query => 'a secret question') IS NOT NULL AS written;
SAVEPOINT here;
SELECT tenancy.trace('decision', outcome => 'rolled back') IS NOT NULL AS written;
ROLLBACK TO here;
SELECT tenancy.bind(:'acme_boss', '{"scope": {"team": "x"}}') = :'acme' AS narrowed;
SELECT tenancy.trace('decision', outcome => 'narrowed') IS NOT NULL AS written;
SELECT outcome, scope FROM tenancy.decision_trace WHERE tenant_id = :'acme' ORDER BY outcome;
ROLLBACK TO here;
SELECT tenancy.trace('decision', outcome => 'wider again') IS NOT NULL AS written;
COMMIT;
\c - :SUPERUSER
SELECT world.name_traces();
SELECT * FROM world.seal();
SELECT outcome, scope FROM tenancy.decision_trace WHERE kind = 'decision' AND tenant_id = :'acme' ORDER BY outcome;
\c - regress_world_app
\set ON_ERROR_ROLLBACK on
-- Erased, and then not.
BEGIN;
SELECT tenancy.bind(:'acme_boss') = :'acme' AS bound;
SAVEPOINT here;
SELECT tenancy.redact_trace(world.trace('kept'));
SELECT query FROM tenancy.decision_trace WHERE outcome = 'kept';
ROLLBACK TO here;
SELECT query FROM tenancy.decision_trace WHERE outcome = 'kept';
COMMIT;
-- By another tenant, or from a part of it: as if it were not there.
BEGIN;
SELECT tenancy.bind(:'globex_boss') = :'globex' AS bound;
SELECT world.tried(format('SELECT tenancy.redact_trace(%L)', world.trace('kept')));
SELECT world.tried(format('SELECT tenancy.inclusion_proof(%L)', world.trace('kept')));
SELECT world.tried(format('SELECT tenancy.redact_trace(%L)', gen_random_uuid()));
COMMIT;
BEGIN;
SELECT tenancy.bind(:'acme_part') = :'acme' AS bound;
SELECT world.tried(format('SELECT tenancy.redact_trace(%L)', world.trace('kept')));
COMMIT;
BEGIN;
SELECT tenancy.bind(:'acme_boss') = :'acme' AS bound;
SELECT md5(tenancy.inclusion_proof(world.trace('kept'))) AS before \gset
SELECT tenancy.redact_trace(world.trace('kept'));
SELECT md5(tenancy.inclusion_proof(world.trace('kept'))) = :'before' AS proves_as_before;
SELECT query FROM tenancy.decision_trace WHERE outcome = 'kept';
COMMIT;
\c - :SUPERUSER
SELECT * FROM world.problems('acme');
SELECT count(*) FILTER (WHERE line LIKE '%a secret question%') AS told FROM tenancy.export_trace('acme') line;
\i :suites/../fixtures/clear.sql
