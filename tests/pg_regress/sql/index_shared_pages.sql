-- Entries of small tenants move on to pages that they share, before and after a page splits, and from there to the chain
-- of a tenant that grows: every row is found meanwhile, and VACUUM gives pages back that are not needed any more.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/vectors.sql
CREATE TABLE world.chunk (tenant_id int, id int, e vector(64)) WITH (autovacuum_enabled = off);
CREATE INDEX chunk_vectors ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops) WITH (bits = 4);
CREATE FUNCTION world.look() RETURNS TABLE (answer text, count bigint) LANGUAGE sql SET tenancy.recall_bound = 6 AS $$
    SELECT world.compare(format('SELECT id, e <-> world.vector(-1, 64) AS distance FROM world.chunk WHERE tenant_id = %s ORDER BY distance', tenant)), count(*)
    FROM generate_series(0, 60) tenant GROUP BY 1
    UNION ALL SELECT c::text, 1 FROM tenancy.check_index('world.chunk_vectors') c ORDER BY 1
$$;
-- How many shared pages there are, and free ones.
CREATE FUNCTION world.pages(kind int) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM generate_series(0, pg_relation_size('world.chunk_vectors') / 8192 - 1) block
    WHERE get_byte(pg_read_binary_file(pg_relation_filepath('world.chunk_vectors'), 8192 * block + 8188, 1), 0) = kind
$$;
-- Tenant 0 is small as yet.
INSERT INTO world.chunk SELECT t, 10000 * t + n, world.vector(10000 * t + n, 64) FROM generate_series(1, 7) n, generate_series(0, 60) t;
\set ECHO all
SELECT * FROM world.look();
CHECKPOINT;
SELECT world.pages(2) AS bucket, world.pages(6) AS shared, world.pages(3) AS chain;
-- It grows, until it is given a centre.
INSERT INTO world.chunk SELECT 0, n, world.vector(n, 64) FROM generate_series(11, 1200) n;
SELECT * FROM world.look();
INSERT INTO world.chunk SELECT 0, n, world.vector(n, 64) FROM generate_series(1201, 2000) n;
SELECT * FROM world.look();
CHECKPOINT;
SELECT world.pages(3) AS chain, world.pages(4) AS centre;
-- The others grow too, one after the other and then all at a time.
INSERT INTO world.chunk SELECT t, 10000 * t + n, world.vector(10000 * t + n, 64) FROM generate_series(1, 10) t, generate_series(11, 50) n;
SELECT * FROM world.look();
INSERT INTO world.chunk SELECT t, 10000 * t + n, world.vector(10000 * t + n, 64) FROM generate_series(51, 80) n, generate_series(0, 60) t;
SELECT * FROM world.look();
CHECKPOINT;
SELECT world.pages(2) > 1 AS split, world.pages(6) BETWEEN world.pages(2) AND 2 * world.pages(2) AS shared;
-- Encoded anew.
SELECT (tenancy.maintain() ->> 'index_pages_encoded')::int AS encoded;
SELECT * FROM world.look();
-- Most rows go: few pages are left, others' rows come to where they were, and pages that were freed are used again.
SELECT pg_relation_size('world.chunk_vectors') AS before \gset
DELETE FROM world.chunk WHERE id % 10 <> 0;
VACUUM (INDEX_CLEANUP on) world.chunk;
SELECT * FROM world.look();
CHECKPOINT;
SELECT world.pages(6) AS shared, world.pages(3) AS chain, world.pages(5) > :before / 8192 / 2 AS free;
INSERT INTO world.chunk SELECT n % 61, 100000 + n, world.vector(100000 + n, 64) FROM generate_series(1, 2500) n;
SELECT * FROM world.look();
SELECT pg_relation_size('world.chunk_vectors') <= :before AS used_again;
-- Built, it is no larger, and grows on.
REINDEX INDEX world.chunk_vectors;
SELECT * FROM world.look();
INSERT INTO world.chunk SELECT n % 61, 200000 + n, world.vector(200000 + n, 64) FROM generate_series(1, 2500) n;
SELECT * FROM world.look();
-- All rows go.
DELETE FROM world.chunk;
VACUUM (INDEX_CLEANUP on) world.chunk;
SELECT * FROM tenancy.check_index('world.chunk_vectors');
CHECKPOINT;
SELECT world.pages(6) AS shared, world.pages(3) AS chain, world.pages(4) AS centre;
\i :suites/../fixtures/clear.sql
