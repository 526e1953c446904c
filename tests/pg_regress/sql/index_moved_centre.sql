-- A tenant's first rows are encoded before its centre is known. maintain() encodes them anew, after which fewer rows are
-- fetched; before, meanwhile and after a scan gives the same rows.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/vectors.sql
CREATE TABLE world.chunk (tenant_id int, id int, e vector(64)) WITH (autovacuum_enabled = off);
CREATE INDEX chunk_vectors ON world.chunk USING tenant_vector (tenant_id, e vector_cosine_ops);
-- A tenant's vectors lie in a hundred clusters, all far from the origin on one side; a few rows have none.
CREATE FUNCTION world.close(n int) RETURNS vector LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN n % 500 <> 1 THEN world.vector(n, 64) * array_fill(0.02, '{64}')::vector + world.vector(n % 100, 64) * array_fill(0.1, '{64}')::vector + array_fill(1, '{64}')::vector END
$$;
INSERT INTO world.chunk SELECT CASE WHEN n <= 3200 THEN 1 ELSE 2 END, n, world.close(n) FROM generate_series(1, 3400) n;
CREATE FUNCTION world.fetched() RETURNS int LANGUAGE plpgsql SET enable_seqscan = off SET enable_sort = off AS $$
DECLARE
    plan json;
    pages int := 0;
BEGIN
    FOR n IN 1..20 LOOP
        EXECUTE format('EXPLAIN (ANALYZE, BUFFERS, FORMAT json) SELECT id FROM world.chunk WHERE tenant_id = 1 ORDER BY e <=> %L LIMIT 10', world.close(-n)) INTO plan;
        pages := pages + (plan #>> '{0,Plan,Shared Hit Blocks}')::int + (plan #>> '{0,Plan,Shared Read Blocks}')::int;
    END LOOP;
    RETURN pages;
END $$;
CREATE FUNCTION world.look() RETURNS TABLE (answer text, count bigint) LANGUAGE sql SET tenancy.recall_bound = 6 AS $$
    SELECT world.compare(format('SELECT id, e <=> world.close(%s) AS distance FROM world.chunk WHERE tenant_id = %s ORDER BY distance %s', -q, tenant, wanted)), count(*)
    FROM unnest('{1,2}'::int[]) tenant, unnest('{LIMIT 10,""}'::text[]) wanted, generate_series(1, 3) q GROUP BY 1
    UNION ALL SELECT c::text, 1 FROM tenancy.check_index('world.chunk_vectors') c ORDER BY 1
$$;
SELECT world.fetched() AS before \gset
SELECT * FROM world.look();
-- A cursor that has read the index is not disturbed, nor are rows that are gone or not yet there.
BEGIN;
SET LOCAL enable_seqscan = off;
SET LOCAL enable_sort = off;
DECLARE nearest CURSOR FOR SELECT id FROM world.chunk WHERE tenant_id = 1 ORDER BY e <=> world.close(-1);
MOVE 100 IN nearest;
INSERT INTO world.chunk SELECT 1, n, world.close(n) FROM generate_series(4001, 4050) n;
SELECT (tenancy.maintain() ->> 'index_pages_encoded')::int > 0 AS encoded;
MOVE ALL IN nearest;
\echo :ROW_COUNT
ROLLBACK;
SELECT * FROM world.look();
SELECT (tenancy.maintain() ->> 'index_pages_encoded')::int AS nothing_left;
SELECT world.fetched() < :before * 0.5 AS fewer;
DELETE FROM world.chunk WHERE id % 2 = 0;
SELECT * FROM world.look();
VACUUM world.chunk;
SELECT * FROM world.look();
-- It moves again, and this time all of it.
UPDATE world.chunk SET e = e + array_fill(5, '{64}')::vector;
INSERT INTO world.chunk SELECT 1, n, world.close(n) + array_fill(5, '{64}')::vector FROM generate_series(5001, 5500) n;
SELECT tenancy.maintain() ->> 'index_pages_encoded' IS NOT NULL AS looked;
SELECT * FROM world.look();
VACUUM world.chunk;
SELECT tenancy.maintain() ->> 'index_pages_encoded' IS NOT NULL AS looked;
SELECT * FROM world.look();
-- Made anew, all rows have the tenant's centre from the first.
REINDEX INDEX world.chunk_vectors;
SELECT (tenancy.maintain() ->> 'index_pages_encoded')::int AS nothing_left;
SELECT * FROM world.look();
\i :suites/../fixtures/clear.sql
