-- Attack: reading, or counting, traces of another tenant or beyond one's floor, with arbitrary SQL.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\i :suites/../fixtures/traces.sql
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT count(tenancy.trace('decision', outcome => 'a' || n, query => 'of acme')) FROM generate_series(1, 3) n;
COMMIT;
BEGIN;
SELECT tenancy.bind(:'acme_part') = :'acme' AS bound;
SELECT tenancy.trace('decision', outcome => 'part', query => 'of acme') IS NOT NULL AS traced;
COMMIT;
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT count(tenancy.trace('decision', 'secret model', outcome => 'g' || n, query => 'secret')) FROM generate_series(1, 5) n;
SELECT tenancy.trace('decision', outcome => 'secret') AS g \gset
COMMIT;
\c - :SUPERUSER
SELECT * FROM world.seal();
ANALYZE tenancy.decision_trace;
SELECT world.name_traces();
SELECT world.trace('a1') AS a1 \gset
CREATE FUNCTION world.leak(anyelement) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$
BEGIN
    IF $1::text LIKE '%secret%' THEN
        RAISE NOTICE 'leaked %', $1;
    END IF;
    RETURN true;
END $$;
CREATE OPERATOR world.~~~ (LEFTARG = text, RIGHTARG = text, FUNCTION = textne, RESTRICT = scalarltsel);
SELECT format('%L', array_agg(s ORDER BY n)) AS attempts, format('%L', array_agg(s ORDER BY n)) AS names FROM (VALUES
    (1, 'SELECT string_agg(outcome, '' '' ORDER BY outcome) FROM tenancy.decision_trace WHERE kind <> ''denial'''),
    (2, 'SELECT count(*) FROM tenancy.decision_trace WHERE tenant_id = {globex}'),
    (3, 'SELECT count(*) FROM tenancy.decision_trace WHERE tenant_id <> tenancy.current_tenant()'),
    (4, 'SELECT count(*) FROM tenancy.decision_trace WHERE world.leak(query) AND world.leak(model) AND world.leak(trace_id) AND kind <> ''denial'''),
    (5, 'SELECT count(*) FROM tenancy.decision_trace WHERE 1 / (length(query) - 6) IS NULL'),
    (6, 'SELECT count(*) FROM tenancy.decision_trace d WHERE world.leak(d) AND kind <> ''denial'''),
    (7, 'SELECT count(*) FROM tenancy.decision_trace TABLESAMPLE SYSTEM (100) WHERE model = ''secret model'''),
    (8, 'SELECT count(*) FROM tenancy.usage WHERE model = ''secret model'''),
    (9, 'SELECT count(*) FROM tenancy.decision_trace d JOIN tenancy.decision_trace e ON e.parent_id IS NOT DISTINCT FROM d.parent_id WHERE e.model = ''secret model'''),
    (10, 'SELECT count(*) FROM tenancy.decision_trace WHERE trace_id = (SELECT max(trace_id::text)::uuid FROM tenancy.decision_trace WHERE query = ''secret'')'),
    (11, 'SELECT count(*) FROM tenancy.decision_trace WHERE ctid = ''(0,6)'' AND model = ''secret model'''),
    (12, 'SELECT 1 FROM tenancy.decision_trace FOR UPDATE'),
    (13, 'SELECT count(*) FROM tenancy.trace_log'),
    (14, 'SELECT count(*) FROM tenancy.trace_checkpoint'),
    (15, 'SELECT count(*) FROM tenancy.trace_horizon'),
    (16, 'SELECT count(*) FROM tenancy.trace_key'),
    (17, 'SELECT count(*) FROM tenancy.trace_retention'),
    (18, 'SELECT count(*) FROM tenancy.verify_trace(''globex'')'),
    (19, 'SELECT count(*) FROM tenancy.verify_trace({globex})'),
    (20, 'SELECT count(*) FROM tenancy.verify_trace(''nobody'')'),
    (21, 'SELECT count(*) FROM tenancy.export_trace(''globex'')'),
    (22, 'SELECT count(*) FROM tenancy.trace_verifiers(''globex'')'),
    (23, 'SELECT tenancy.consistency_proof(''globex'', 0, 6)'),
    (24, 'SELECT left(tenancy.inclusion_proof({g}), 10)'),
    (25, 'SELECT left(tenancy.inclusion_proof(''00000000-0000-0000-0000-000000000000''), 10)'),
    (26, 'SELECT left(tenancy.inclusion_proof({a1}), 10)'),
    (27, 'SELECT count(*) FROM tenancy.verify_trace(NULL)'),
    (28, 'SELECT count(*) FROM tenancy.export_trace(''acme'') e (line) WHERE line::jsonb ->> ''kind'' <> ''denial'''),
    (29, 'SELECT count(*) FROM pg_stats WHERE tablename = ''decision_trace'''),
    (30, 'SELECT count(*) FROM pg_statistic'),
    (31, 'SELECT pg_relation_size(''tenancy.decision_trace'')'),
    (32, 'SELECT n_live_tup FROM pg_stat_all_tables WHERE relname = ''decision_trace'''),
    (33, 'SELECT pg_stat_get_tuples_inserted(''tenancy.decision_trace''::regclass)'),
    (34, 'EXPLAIN SELECT FROM tenancy.decision_trace'),
    (35, 'EXPLAIN ANALYZE SELECT FROM tenancy.usage'),
    (36, 'COPY tenancy.decision_trace TO STDOUT'),
    (37, 'COPY (SELECT count(*) FROM tenancy.decision_trace WHERE query = ''secret'') TO ''/tmp/x'''),
    (38, 'SET row_security = off'),
    (39, 'CREATE TEMP VIEW v AS SELECT * FROM tenancy.decision_trace'),
    (40, 'CREATE INDEX ON tenancy.decision_trace (query)'),
    (41, 'SELECT query_to_xml(''SELECT count(*) FROM tenancy.decision_trace WHERE query = ''''secret'''''', true, true, '''')::text LIKE ''%<count>0</count>%'''),
    (42, 'SELECT count(*) FROM tenancy.decision_trace WHERE model OPERATOR(world.~~~) ''x'' AND query = ''secret'''),
    (43, 'SELECT tenancy._append_only()'),
    (44, 'ANALYZE tenancy.decision_trace'),
    (45, 'LOCK TABLE tenancy.decision_trace'),
    (46, 'DECLARE c CURSOR WITH HOLD FOR SELECT * FROM tenancy.decision_trace')
) a (n, s) \gset
CREATE PROCEDURE world.attack(credential text, statements text[], a1 uuid, g uuid, globex uuid) LANGUAGE plpgsql AS $$
DECLARE
    s text;
    n int := 0;
BEGIN
    FOREACH s IN ARRAY statements LOOP
        n := n + 1;
        IF credential <> '' THEN
            PERFORM tenancy.bind(credential);
        END IF;
        RAISE INFO '% %: %', n, left(s, 60), world.tried(replace(replace(replace(s, '{g}', quote_literal(g)), '{a1}', quote_literal(a1)), '{globex}', quote_literal(globex)));
        -- Each in a transaction of its own; SET goes back with it.
        ROLLBACK;
    END LOOP;
END $$;
\c - regress_world_app
-- With every capability of tenant acme.
CALL world.attack(:'acme_boss', :attempts, :'a1', :'g', :'globex');
-- In a part of it.
CALL world.attack(:'acme_part', :attempts, :'a1', :'g', :'globex');
-- Without trace:read.
CALL world.attack(:'acme_key', :attempts, :'a1', :'g', :'globex');
-- Unbound, in whatever way.
CALL world.attack('', :attempts, :'a1', :'g', :'globex');
SET tenancy.unbound = 'empty';
SELECT count(*) FROM tenancy.decision_trace;
SELECT count(*) FROM tenancy.usage;
SELECT tenancy.export_trace('globex');
SELECT tenancy.redact_trace(:'g'::uuid);
RESET tenancy.unbound;
BEGIN;
SELECT tenancy.bind(:'acme_boss') = :'acme' AS bound;
SET LOCAL row_security = off;
SELECT count(*) FROM tenancy.decision_trace;
ROLLBACK;
-- Nobody without a role of the extension's reads any.
\c - regress_world_plain
SELECT count(*) FROM tenancy.decision_trace;
SELECT tenancy.export_trace('acme');
\i :suites/../fixtures/clear.sql
