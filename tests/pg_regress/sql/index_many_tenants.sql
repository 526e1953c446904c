-- Thousands of small tenants share pages, which split as they fill: each is found with all its rows, however they came, and
-- the index is not much larger than what it holds.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/vectors.sql
CREATE TABLE world.chunk (tenant_id text, id int, e vector(8)) WITH (autovacuum_enabled = off);
CREATE INDEX chunk_vectors ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops);
-- Of 4000 tenants one has 500 rows, another 60, every tenth 3, the others one each.
CREATE PROCEDURE world.fill(first int, last int) LANGUAGE sql AS $$
    INSERT INTO world.chunk SELECT 'tenant ' || t, 10 * t + n, world.vector(10 * t + n, 8)
    FROM generate_series(first, last) t, generate_series(1, CASE WHEN t = 77 THEN 500 WHEN t = 88 THEN 60 WHEN t % 10 = 0 THEN 3 ELSE 1 END) n
$$;
CREATE FUNCTION world.look() RETURNS TABLE (answer text, count bigint) LANGUAGE sql SET tenancy.recall_bound = 6 AS $$
    SELECT world.compare(format('SELECT id, e <-> world.vector(-1, 8) AS distance FROM world.chunk WHERE tenant_id = %L ORDER BY distance', 'tenant ' || t)), count(*)
    FROM unnest('{1,10,77,88,1234,2345,3000,3999,4000,5000}'::int[]) t GROUP BY 1
    UNION ALL SELECT 'of many: ' || world.compare('SELECT id, e <-> world.vector(-1, 8) AS distance FROM world.chunk WHERE tenant_id = ANY (ARRAY(SELECT ''tenant '' || 5 * t FROM generate_series(1, 200) t)) ORDER BY distance'), 1
    UNION ALL SELECT c::text, 1 FROM tenancy.check_index('world.chunk_vectors') c ORDER BY 1
$$;
-- As many bytes as the entries have and a third more, and a page for each hundred tenants.
CREATE FUNCTION world.is_small() RETURNS boolean LANGUAGE sql AS $$
    SELECT pg_relation_size('world.chunk_vectors') <= 1.3 * 24 * count(*) + 8192 * (3 + count(DISTINCT tenant_id) / 100) FROM world.chunk
$$;
CALL world.fill(1, 4000);
SELECT * FROM world.look();
SELECT world.is_small(), pg_relation_size('world.chunk_vectors') > 8192 * 20 AS split;
-- One tenant costs the pages of its way through the directory.
SET enable_seqscan = off;
SET enable_sort = off;
CREATE FUNCTION world.pages(tenant text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    before bigint;
BEGIN
    PERFORM id FROM world.chunk WHERE tenant_id = tenant ORDER BY e <-> world.vector(-1, 8);
    before := pg_stat_get_xact_blocks_fetched('world.chunk_vectors'::regclass);
    PERFORM id FROM world.chunk WHERE tenant_id = tenant ORDER BY e <-> world.vector(-1, 8);
    RETURN pg_stat_get_xact_blocks_fetched('world.chunk_vectors'::regclass) - before;
END $$;
SELECT max(world.pages('tenant ' || t)) BETWEEN 4 AND 2 * (2 + 13) AS few FROM generate_series(1, 4000, 100) t;
-- Most of them go, and others come.
DELETE FROM world.chunk WHERE substr(tenant_id, 8)::int % 4 <> 0 AND tenant_id <> 'tenant 77';
SELECT * FROM world.look();
VACUUM world.chunk;
SELECT * FROM world.look();
CALL world.fill(4001, 7000);
SELECT pg_relation_size('world.chunk_vectors') AS before \gset
SELECT * FROM world.look();
SELECT world.is_small();
REINDEX INDEX world.chunk_vectors;
SELECT world.is_small(), pg_relation_size('world.chunk_vectors') <= :before * 1.2 AS no_larger;
SELECT * FROM world.look();
\i :suites/../fixtures/clear.sql
