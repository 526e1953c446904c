-- Under the policies of protect() an index gives each session the nearest of the rows that it may read, and as many as it
-- asked for: of its own tenant, shared, granted, inside its floor. A session without tenant gets none.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/vectors.sql
SELECT tenancy.resume_tenant('initech') AS resumed;
GRANT tenancy_admin TO regress_world_owner;
CREATE TABLE world.chunk_private (tenant_id uuid NOT NULL, scope tenancy.scope NOT NULL DEFAULT '{}', id int, e vector(8), PRIMARY KEY (tenant_id, id));
CREATE TABLE world.chunk_shared (LIKE world.chunk_private INCLUDING ALL);
CREATE TABLE world.chunk_granted (LIKE world.chunk_private INCLUDING ALL);
CREATE TABLE world.chunk_unscoped (tenant_id uuid NOT NULL, id int, e vector(8), PRIMARY KEY (tenant_id, id));
-- Of acme's 500 rows team x has 52, user u in it 2.
INSERT INTO world.chunk_private SELECT (ARRAY[:'acme', :'globex', :'initech', '00000000-0000-0000-0000-000000000000'])[tenant]::uuid,
    CASE WHEN n % 167 = 0 THEN '{"team": "x", "user": "u"}' WHEN n % 10 = 0 THEN '{"team": "x"}' ELSE '{}' END::jsonb, 1000 * tenant + n, world.vector(1000 * tenant::int + n, 8)
    FROM unnest('{500,300,20,30}'::int[]) WITH ORDINALITY t (rows, tenant), generate_series(1, rows) n;
INSERT INTO world.chunk_shared TABLE world.chunk_private;
INSERT INTO world.chunk_granted TABLE world.chunk_private;
INSERT INTO world.chunk_unscoped SELECT tenant_id, id, e FROM world.chunk_private;
\set ECHO none
SELECT format('ALTER TABLE world.%1$I OWNER TO regress_world_owner; CREATE INDEX %1$s_vectors ON world.%1$I USING tenant_vector (tenant_id, e vector_cosine_ops); ANALYZE world.%1$s', t) FROM unnest('{chunk_private,chunk_shared,chunk_granted,chunk_unscoped}'::text[]) t \gexec
\set ECHO all
SELECT t, tenancy.protect(('world.' || t)::regclass, scope_column => s, shared => t = 'chunk_shared') FROM (VALUES ('chunk_private', 'scope'), ('chunk_shared', 'scope'), ('chunk_granted', 'scope'), ('chunk_unscoped', NULL)) v (t, s);
SELECT tenancy.grant_read('globex', 'acme', 'world.chunk_granted', '{"team": "x"}') IS NOT NULL AS granted, tenancy.grant_read('initech', 'acme', 'world.chunk_granted') IS NOT NULL AS and_granted;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA world TO regress_world_app, regress_world_admin;
SELECT secret AS team_key FROM tenancy.create_key('acme', 'team', scope_floor => '{"team": "x"}') \gset
SELECT secret AS user_key FROM tenancy.create_key('acme', 'user', scope_floor => '{"team": "x", "user": "u"}') \gset
SELECT secret AS none_key FROM tenancy.create_key('acme', 'none', scope_floor => '{"team": "z"}') \gset
SELECT world.vector(-1, 8) AS q \gset
-- The owner makes indexes of protected tables as of others. It is not a tenant's session and may see plans; forced row
-- security applies to it all the same. The tenant is an index condition, the scope a filter on top.
SET ROLE regress_world_owner;
SET tenancy.unbound = 'empty';
SET enable_seqscan = off;
SET enable_sort = off;
DROP INDEX world.chunk_private_vectors;
CREATE INDEX CONCURRENTLY chunk_private_vectors ON world.chunk_private USING tenant_vector (tenant_id, e vector_cosine_ops);
REINDEX INDEX world.chunk_shared_vectors;
EXPLAIN (COSTS OFF) SELECT id FROM world.chunk_unscoped ORDER BY e <=> '[1,0,0,0,0,0,0,0]' LIMIT 10;
EXPLAIN (COSTS OFF) SELECT id FROM world.chunk_private ORDER BY e <=> '[1,0,0,0,0,0,0,0]' LIMIT 10;
EXPLAIN (COSTS OFF) SELECT id FROM world.chunk_shared ORDER BY e <=> '[1,0,0,0,0,0,0,0]' LIMIT 10;
EXPLAIN (COSTS OFF) SELECT id FROM world.chunk_granted WHERE id % 2 = 0 ORDER BY e <=> '[1,0,0,0,0,0,0,0]' LIMIT 10;
SELECT id FROM world.chunk_shared ORDER BY e <=> '[1,0,0,0,0,0,0,0]' LIMIT 10;
RESET tenancy.unbound;
SELECT id FROM world.chunk_shared ORDER BY e <=> '[1,0,0,0,0,0,0,0]' LIMIT 10;
RESET ROLE;
-- How many rows a session gets, of whom, and whether they are those that it gets without the index.
CREATE FUNCTION world.rows(t text, wanted int, by_index boolean) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
    ids int[];
BEGIN
    PERFORM set_config('enable_indexscan', by_index::text, true), set_config('enable_seqscan', (NOT by_index)::text, true), set_config('enable_sort', (NOT by_index)::text, true);
    EXECUTE format('SELECT array_agg(id) FROM (SELECT id FROM world.%I ORDER BY e <=> world.vector(-1, 8) LIMIT %s) n', t, wanted) INTO ids;
    RETURN ids;
END $$;
CREATE FUNCTION world.ask(tables text[] DEFAULT '{chunk_private,chunk_shared,chunk_granted,chunk_unscoped}') RETURNS TABLE (relation text, wanted int, rows int, of_tenants text, same boolean) LANGUAGE sql AS $$
    SELECT t, k, coalesce(cardinality(i), 0), (SELECT string_agg(n || ' of ' || tenant, ', ' ORDER BY tenant) FROM (SELECT id / 1000 AS tenant, count(*) AS n FROM unnest(i) id GROUP BY 1) g),
           i IS NOT DISTINCT FROM world.rows(t, k, false)
    FROM unnest(tables) t, unnest('{10,100000}'::int[]) k, world.rows(t, k, true) i
$$;
CREATE FUNCTION world.nearest(q vector) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT id FROM world.chunk_private ORDER BY e <=> q LIMIT 1); END';
\c - regress_world_app
\set ON_ERROR_ROLLBACK on
SET tenancy.recall_bound = 6;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT * FROM world.ask();
-- Inside a floor: however few of the rows it sees, all of them come.
SELECT tenancy.bind(:'team_key') = :'acme' AS team;
SELECT * FROM world.ask('{chunk_private,chunk_shared,chunk_granted}');
SELECT tenancy.bind(:'user_key') = :'acme' AS user;
SELECT * FROM world.ask('{chunk_private,chunk_shared,chunk_granted}');
COMMIT;
BEGIN;
SELECT tenancy.bind(:'none_key') = :'acme' AS none;
SELECT * FROM world.ask('{chunk_private,chunk_shared,chunk_granted}');
COMMIT;
BEGIN;
SET LOCAL tenancy.session = :'token_globex';
SELECT * FROM world.ask();
COMMIT;
BEGIN;
SELECT tenancy.bind(:'initech_key') = :'initech' AS bound;
SELECT * FROM world.ask();
-- Another tenant is not asked for: by name, by a list, by a join.
SET LOCAL enable_seqscan = off;
SET LOCAL enable_sort = off;
SELECT id FROM chunk_private WHERE tenant_id = :'acme' ORDER BY e <=> :'q' LIMIT 10;
SELECT count(*) FROM (SELECT FROM chunk_private WHERE tenant_id = ANY (ARRAY[:'acme', :'initech', :'globex']::uuid[]) ORDER BY e <=> :'q' LIMIT 100) n;
SELECT count(*) FROM (VALUES (:'acme'::uuid), (:'initech')) t (tenant), LATERAL (SELECT FROM chunk_private WHERE tenant_id = t.tenant ORDER BY e <=> :'q' LIMIT 100) n;
-- Own rows written now are found; the session's plan, kept, serves the next tenant.
INSERT INTO chunk_private (id, e) VALUES (3999, :'q');
SET LOCAL plan_cache_mode = force_generic_plan;
SELECT world.nearest(:'q');
UPDATE chunk_private SET e = world.vector(3999, 8) WHERE id = 3999;
SELECT world.nearest(:'q');
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SET LOCAL plan_cache_mode = force_generic_plan;
SET LOCAL enable_seqscan = off;
SET LOCAL enable_sort = off;
SELECT world.nearest(:'q');
COMMIT;
-- No tenant: an error, or no rows.
SET enable_seqscan = off;
SET enable_sort = off;
\set VERBOSITY sqlstate
SELECT world.nearest(:'q');
\set VERBOSITY default
SELECT id FROM chunk_shared ORDER BY e <=> :'q' LIMIT 10;
SET tenancy.unbound = 'empty';
SELECT world.nearest(:'q');
SELECT id FROM chunk_granted ORDER BY e <=> :'q' LIMIT 10;
-- All that was by the indexes. Statistics are handed in when the session ends.
\c - :SUPERUSER
SET client_min_messages = warning;
DO $$
BEGIN
    FOR attempt IN 1..100 LOOP
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN (SELECT bool_and(idx_scan >= CASE WHEN indexrelname ~ 'unscoped' THEN 6 ELSE 10 END) FROM pg_stat_user_indexes WHERE indexrelname ~ '_vectors$');
        PERFORM pg_sleep(0.1);
    END LOOP;
END $$;
SELECT indexrelname, idx_scan >= CASE WHEN indexrelname ~ 'unscoped' THEN 6 ELSE 10 END AS by_index FROM pg_stat_user_indexes WHERE indexrelname ~ '_vectors$' ORDER BY 1;
-- A role that row security does not bind says whose rows it wants.
CREATE ROLE regress_world_exempt BYPASSRLS;
GRANT USAGE ON SCHEMA world TO regress_world_exempt;
GRANT SELECT ON ALL TABLES IN SCHEMA world TO regress_world_exempt;
SET ROLE regress_world_exempt;
SET tenancy.recall_bound = 6;
SELECT t, world.compare(format('SELECT id, e <=> world.vector(-1, 8) AS distance FROM world.%I WHERE tenant_id = %L ORDER BY distance LIMIT 1000', t, tenant))
FROM unnest('{chunk_private,chunk_shared,chunk_granted,chunk_unscoped}'::text[]) t, unnest(ARRAY[:'acme', :'globex', :'initech']) tenant;
RESET ROLE;
SELECT i, c.* FROM unnest('{private,shared,granted,unscoped}'::text[]) i, tenancy.check_index(('world.chunk_' || i || '_vectors')::regclass) c;
\i :suites/../fixtures/clear.sql
