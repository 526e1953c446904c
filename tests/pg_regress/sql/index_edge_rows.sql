-- Rows at the edge come in the place that ORDER BY gives them: rows without a vector last, and before them those whose
-- distance is not a number; ties, huge and tiny numbers, rows updated, deleted, rolled back and not yet committed.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/vectors.sql
CREATE TABLE world.chunk (tenant_id int, id int, note text, v vector(4), h halfvec(4)) WITH (fillfactor = 50, autovacuum_enabled = off);
CREATE INDEX chunk_l2 ON world.chunk USING tenant_vector (tenant_id, v vector_l2_ops);
CREATE INDEX chunk_ip ON world.chunk USING tenant_vector (tenant_id, v vector_ip_ops) WITH (bits = 2);
CREATE INDEX chunk_cosine ON world.chunk USING tenant_vector (tenant_id, v vector_cosine_ops);
CREATE INDEX chunk_half_l2 ON world.chunk USING tenant_vector (tenant_id, h halfvec_l2_ops);
CREATE INDEX chunk_half_ip ON world.chunk USING tenant_vector (tenant_id, h halfvec_ip_ops) WITH (bits = 4);
CREATE INDEX chunk_half_cosine ON world.chunk USING tenant_vector (tenant_id, h halfvec_cosine_ops);
INSERT INTO world.chunk (tenant_id, id, v) SELECT 1, n, v::vector FROM unnest(ARRAY[
    NULL, '[0,0,0,0]', '[1,0,0,0]', '[1,0,0,0]', '[0,1,0,0]', '[2,0,0,0]', '[-1,0,0,0]', '[-0,0,0,-0]', NULL, '[0.5,0.5,0.5,0.5]',
    '[1e38,0,0,0]', '[-1e38,0,0,0]', '[3.4e38,3.4e38,3.4e38,3.4e38]', '[-3.4e38,3.4e38,-3.4e38,3.4e38]', '[1e-38,0,0,0]', '[1e-45,1e-45,0,0]', '[1e38,1e-38,0,0]',
    '[1e19,1e19,0,0]', '[1e-20,1e-20,-1e-20,0]', '[1,1e38,0,0]', '[65504,-65504,65504,-65504]', '[1,0,0,0]']) WITH ORDINALITY r (v, n);
-- A table of the same, and many rows around one point.
INSERT INTO world.chunk (tenant_id, id, v) SELECT 2, 100 + n, '[1,2,3,4]' FROM generate_series(1, 400) n;
INSERT INTO world.chunk (tenant_id, id, v) SELECT 3, 1000 + n, CASE WHEN n % 3 > 0 THEN ARRAY[n % 2, n % 5, 1e6, -1e6]::vector END FROM generate_series(1, 400) n;
INSERT INTO world.chunk (tenant_id, id, v) SELECT 4, 2000 + n, NULL FROM generate_series(1, 400) n;
INSERT INTO world.chunk (tenant_id, id, v) SELECT NULL, 4000 + n, '[1,2,3,4]' FROM generate_series(1, 10) n;
UPDATE world.chunk SET h = v::halfvec WHERE v <-> '[0,0,0,0]' < 65504;
CREATE FUNCTION world.compare_all() RETURNS TABLE (answer text, count bigint) LANGUAGE sql AS $$
    SELECT answer || CASE WHEN answer ~ '^the same' THEN '' ELSE concat(' for ', metric, ' of ', q, ', tenant ', tenant) END, count(*)
    FROM unnest('{v <->,v <#>,v <=>,h <->,h <#>,h <=>}'::text[]) metric, unnest('{1,2,3,4,"1,3"}'::text[]) tenant,
         unnest('{"[1,0,0,0]","[0,0,0,0]","[1,2,3,4]","[1e38,0,0,0]","[-3e38,3e38,3e38,-3e38]","[1e-40,0,0,0]","[1,-1,1e6,-1e6]",NULL}'::text[]) q,
         world.compare(format('SELECT id, %s (SELECT %L::%s OFFSET 0) AS distance FROM world.chunk WHERE tenant_id = ANY (''{%s}'') ORDER BY distance', metric,
             CASE WHEN metric ~ '^v' THEN q WHEN q ~ '38|1e6' THEN '[65504,0,-65504,0]' ELSE q END, CASE WHEN metric ~ '^v' THEN 'vector' ELSE 'halfvec' END, tenant)) answer
    GROUP BY 1
    UNION ALL SELECT i || ': ' || c, 1 FROM unnest('{l2,ip,cosine,half_l2,half_ip,half_cosine}'::text[]) i, tenancy.check_index(('world.chunk_' || i)::regclass) c ORDER BY 1
$$;
SET tenancy.recall_bound = 6;
SELECT * FROM world.compare_all();
-- Updated where they stand, and elsewhere; deleted; moved to another tenant and to none; before VACUUM and after it, and in a new index.
BEGIN;
UPDATE world.chunk SET note = 'not indexed' WHERE id % 3 = 0;
UPDATE world.chunk SET note = 'not indexed, again' WHERE id % 3 = 0;
SELECT pg_stat_get_xact_tuples_hot_updated('world.chunk'::regclass) > 0 AS hot;
COMMIT;
UPDATE world.chunk SET v = ARRAY[id % 11, 1, 2, 3]::vector, h = ARRAY[id % 7, 1, 2, 3]::halfvec WHERE id % 5 = 0;
UPDATE world.chunk SET v = NULL WHERE id % 35 = 0;
UPDATE world.chunk SET v = '[0,0,0,0]', h = '[0,0,0,0]' WHERE id % 37 = 0;
DELETE FROM world.chunk WHERE id % 13 = 0;
UPDATE world.chunk SET tenant_id = 1 WHERE id % 100 = 3;
UPDATE world.chunk SET tenant_id = NULL WHERE id % 100 = 4;
UPDATE world.chunk SET tenant_id = 2 WHERE tenant_id IS NULL AND id % 2 = 0;
SELECT * FROM world.compare_all();
VACUUM world.chunk;
SELECT * FROM world.compare_all();
REINDEX TABLE world.chunk;
SELECT * FROM world.compare_all();

-- Own rows that are not committed are seen; rolled back ones are not, wherever they were rolled back.
DELETE FROM world.chunk;
VACUUM world.chunk;
\set near 'SELECT id, v <-> \'[1,0,0,0]\' AS distance FROM world.chunk WHERE tenant_id = 5 ORDER BY distance LIMIT 4'
SET enable_seqscan = off;
SET enable_sort = off;
BEGIN;
INSERT INTO world.chunk (tenant_id, id, v) VALUES (5, 1, '[1,0,0,0]'), (5, 2, '[2,0,0,0]');
SAVEPOINT one;
INSERT INTO world.chunk (tenant_id, id, v) VALUES (5, 3, '[1.5,0,0,0]');
UPDATE world.chunk SET v = '[4,0,0,0]' WHERE id = 1;
:near;
ROLLBACK TO one;
:near;
INSERT INTO world.chunk (tenant_id, id, v) SELECT 5, 10 + n, '[1,0,0,0]' FROM generate_series(1, 400) n;
RELEASE one;
ROLLBACK;
:near;
BEGIN;
INSERT INTO world.chunk (tenant_id, id, v) VALUES (5, 1, '[1,0,0,0]'), (5, 2, '[2,0,0,0]');
SAVEPOINT one;
DELETE FROM world.chunk WHERE id = 1;
ROLLBACK TO one;
COMMIT;
:near;
BEGIN ISOLATION LEVEL REPEATABLE READ;
:near;
\! eval "$ADMIN -c \"INSERT INTO world.chunk (tenant_id, id, v) VALUES (5, 3, '[1.1,0,0,0]'); DELETE FROM world.chunk WHERE id = 1\" -c 'VACUUM world.chunk'"
:near;
COMMIT;
:near;
SELECT tableoid::regclass, t.* FROM pg_class, tenancy.check_index(oid) t WHERE relname LIKE 'chunk\_%' AND relnamespace = 'world'::regnamespace;

-- Another tenant's row lies where one was: nothing of that is left in the index.
DELETE FROM world.chunk;
VACUUM world.chunk;
INSERT INTO world.chunk (tenant_id, id, v) VALUES (6, 1, '[1,0,0,0]');
:near;

-- Pages that vacuum empties are used again: the index does not grow.
DROP INDEX world.chunk_ip, world.chunk_cosine, world.chunk_half_l2, world.chunk_half_ip, world.chunk_half_cosine;
CREATE PROCEDURE world.fill() LANGUAGE sql AS $$
    INSERT INTO world.chunk (tenant_id, id, v) SELECT n % 5, n, ARRAY[n % 7, n % 11, 1, 0]::vector FROM generate_series(1, 5000) n
$$;
DELETE FROM world.chunk;
VACUUM world.chunk;
CALL world.fill();
SELECT pg_relation_size('world.chunk_l2') AS size, pg_relation_size('world.chunk_l2') > 20 * 8192 AS chains \gset
DELETE FROM world.chunk WHERE tenant_id < 3;
VACUUM world.chunk;
DELETE FROM world.chunk;
VACUUM world.chunk;
CALL world.fill();
DELETE FROM world.chunk WHERE id % 2 = 0;
VACUUM world.chunk;
DELETE FROM world.chunk;
VACUUM world.chunk;
CALL world.fill();
SELECT :'chains' AS chains, pg_relation_size('world.chunk_l2') <= :size * 1.1 AS no_larger;
SELECT world.compare('SELECT id, v <-> ''[1,2,1,0]'' AS distance FROM world.chunk WHERE tenant_id = 3 ORDER BY distance');
SELECT * FROM tenancy.check_index('world.chunk_l2');
-- A long vector lies outside its row.
CREATE TABLE world.chunk_long (tenant_id int, id int, v vector(1536));
ALTER TABLE world.chunk_long ALTER v SET STORAGE EXTERNAL;
INSERT INTO world.chunk_long SELECT 1, n, world.vector(n, 1536) FROM generate_series(1, 20) n;
CREATE INDEX ON world.chunk_long USING tenant_vector (tenant_id, v vector_cosine_ops);
INSERT INTO world.chunk_long SELECT 1, n, world.vector(n, 1536) FROM generate_series(21, 40) n;
SELECT pg_relation_size(reltoastrelid) > 40 * 1536 * 4 AS outside FROM pg_class WHERE oid = 'world.chunk_long'::regclass;
SELECT world.compare('SELECT id, v <=> (SELECT world.vector(7, 1536) OFFSET 0) AS distance FROM world.chunk_long WHERE tenant_id = 1 ORDER BY distance');
\i :suites/../fixtures/clear.sql
