-- Each committed trace is sealed once, none before it has committed, none stays behind.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\i :suites/../fixtures/traces.sql
CREATE FUNCTION world.log() RETURNS TABLE (tenant text, tiles bigint, leaves bigint, traces text, checkpoints text) LANGUAGE sql AS $$
    SELECT t.slug, (SELECT count(*) FROM tenancy.trace_log l WHERE l.tenant_id = t.tenant_id), count(*), string_agg(coalesce(n.name, '?'), ' ' ORDER BY l.tile, at),
           (SELECT string_agg(size::text, ' ' ORDER BY size) FROM tenancy.trace_checkpoint c WHERE c.tenant_id = t.tenant_id)
    FROM tenancy.tenant t JOIN tenancy.trace_log l USING (tenant_id)
    CROSS JOIN LATERAL generate_series(0, length(l.leaves) / 32 - 1) at
    LEFT JOIN world.named n ON n.trace_id = encode(substr(l.traces, at * 16 + 1, 16), 'hex')::uuid
    GROUP BY t.slug, t.tenant_id
$$;
\set sealed 'SELECT * FROM world.seal();'
-- Nothing to seal, and only administrators do it.
:sealed
SET ROLE regress_world_admin;
:sealed
SET ROLE regress_world_auditor;
:sealed
RESET ROLE;
\c - regress_world_app
SELECT tenancy.seal();
-- The first.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT count(tenancy.trace('decision', outcome => 'a' || n)) FROM generate_series(1, 3) n;
COMMIT;
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT tenancy.trace('decision', outcome => 'g1') IS NOT NULL AS traced;
COMMIT;
\c - regress_world_admin
SELECT * FROM world.seal();
SELECT * FROM world.seal();
\c - :SUPERUSER
SELECT world.name_traces();
SELECT * FROM world.log() ORDER BY 1;
-- What is rolled back, also to a savepoint, never comes in.
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.trace('decision', outcome => 'rolled back') IS NOT NULL AS traced;
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.trace('decision', outcome => 'a4') IS NOT NULL AS traced;
SAVEPOINT s;
SELECT tenancy.trace('decision', outcome => 'rolled back') IS NOT NULL AS traced;
ROLLBACK TO s;
SAVEPOINT s;
SELECT tenancy.trace('decision', outcome => 'a5') IS NOT NULL AS traced;
RELEASE s;
COMMIT;
\c - :SUPERUSER
:sealed
SELECT world.name_traces();
SELECT tenant, leaves, checkpoints FROM world.log() ORDER BY 1;
SELECT * FROM world.problems('acme');
-- A transaction that has not ended: others are sealed past it, and it once it has committed. Prepared, it outlasts its
-- session. A tenant's session prepares none, so here a superuser writes rows of its own.
\c - :SUPERUSER
CREATE SEQUENCE world.forged;
CREATE FUNCTION world.forge(name text, wanted text) RETURNS void LANGUAGE sql AS $$
    -- A row as trace() would write it in this transaction.
    INSERT INTO tenancy.decision_trace (trace_id, tenant_id, scope, recorded_at, kind, outcome, leaf, written_in, written_by)
    SELECT ('01000000-0000-7000-8000-' || lpad(to_hex(nextval('world.forged')), 12, '0'))::uuid, tenant_id, '{}', clock_timestamp(), 'decision', name, sha256(name::bytea), pg_current_xact_id()::text::bigint, (SELECT system_identifier FROM pg_control_system())
    FROM tenancy.tenant WHERE slug = wanted
$$;
BEGIN;
SELECT world.forge('p1', 'acme');
PREPARE TRANSACTION 'regress p1';
BEGIN;
SELECT world.forge('p2', 'acme');
PREPARE TRANSACTION 'regress p2';
BEGIN;
SELECT world.forge('a6', 'acme');
COMMIT;
:sealed
:sealed
COMMIT PREPARED 'regress p1';
:sealed
ROLLBACK PREPARED 'regress p2';
:sealed
-- The sealer's own rows wait for the next call, as it may yet be rolled back; so does what it sealed itself.
BEGIN;
SELECT world.forge('a7', 'acme');
-- One that began later has ended.
\! $ADMIN -c "SELECT pg_current_xact_id() IS NOT NULL"
:sealed
SELECT world.forge('a8', 'acme');
:sealed
COMMIT;
:sealed
:sealed
BEGIN;
SELECT world.forge('undone', 'globex');
ROLLBACK;
BEGIN;
SELECT world.forge('g2', 'globex');
COMMIT;
BEGIN;
:sealed
ROLLBACK;
SELECT world.name_traces();
SELECT * FROM world.log() ORDER BY 1;
:sealed
SELECT tenant, leaves, checkpoints FROM world.log() ORDER BY 1;
-- One that keeps its snapshot would not see what others have sealed.
BEGIN ISOLATION LEVEL REPEATABLE READ;
:sealed
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
:sealed
ROLLBACK;
BEGIN READ ONLY;
:sealed
ROLLBACK;
-- Two at once: the second waits, and finds nothing left.
\getenv build PG_ABS_BUILDDIR
\set other_output :build '/trace_seal.other'
\setenv OTHER :other_output
BEGIN;
SELECT world.forge('a9', 'acme');
COMMIT;
BEGIN;
:sealed
\! rm -f "$OTHER"; ($ADMIN -c "SELECT * FROM world.seal() -- the other" -c "SELECT 'done'" > "$OTHER" 2>&1 &)
\! n=0; until [ "$($ADMIN -c "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%-- the other'")" = 1 ] || [ $n = 100 ]; do n=$((n + 1)); sleep 0.1; done; cat "$OTHER"
COMMIT;
\! n=0; until grep -q done "$OTHER" || [ $n = 100 ]; do n=$((n + 1)); sleep 0.1; done; cat "$OTHER"; rm "$OTHER"
:sealed
-- Already when it looks up to where the log has all rows, before it changes any: this lock lets changes through.
BEGIN;
SELECT count(*) FROM (SELECT FROM tenancy.trace_horizon FOR KEY SHARE) h;
\! PGOPTIONS='-c lock_timeout=200ms' $ADMIN -c "SELECT count(*) FROM tenancy.seal()" 2>&1 | grep -v CONTEXT | sed 's/^/other: /'
COMMIT;
-- More than a tile, in several calls.
BEGIN;
SELECT count(world.forge('t' || n, 'globex')) FROM generate_series(1, 253) n;
COMMIT;
:sealed
BEGIN;
SELECT world.forge('t254', 'globex');
COMMIT;
:sealed
BEGIN;
SELECT count(world.forge('t' || n, 'globex')) FROM generate_series(255, 800) n;
COMMIT;
:sealed
SELECT tile, length(traces) / 16 AS traces, length(leaves) / 32 AS leaves, length(root) AS root FROM tenancy.trace_log JOIN tenancy.tenant USING (tenant_id) WHERE slug = 'globex' ORDER BY tile;
SELECT count(DISTINCT problem) AS kinds, min(problem) AS forged_leaf, count(*) FROM tenancy.verify_trace('globex');
SELECT sealed_at BETWEEN now() - interval '1 minute' AND clock_timestamp() AS sealed_now, server = (SELECT system_identifier FROM pg_control_system()) AS here FROM tenancy.trace_horizon;
-- maintain() seals as well.
BEGIN;
SELECT world.forge('m', 'acme');
COMMIT;
SET ROLE regress_world_admin;
SELECT (m ->> 'tenants_sealed')::int > 0 AS sealed, m -> 'payloads_erased' AS erased FROM tenancy.maintain() m;
RESET ROLE;
:sealed
\i :suites/../fixtures/clear.sql
