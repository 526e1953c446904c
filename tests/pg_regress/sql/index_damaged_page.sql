-- A page that a disk has damaged ends in an error that names the index and the block, or is found by check_index: never in a
-- crash, a scan without end, or another tenant's rows.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/vectors.sql
-- A server that checks pages' sums would refuse most of these pages before the index sees them.
SET client_min_messages = error;
SET ignore_checksum_failure = on;
SET allow_in_place_tablespaces = on;
DROP TABLESPACE IF EXISTS regress_index_damaged;
CREATE TABLESPACE regress_index_damaged LOCATION '';
CREATE TABLE world.chunk (tenant_id int, id int, e vector(16)) WITH (autovacuum_enabled = off);
INSERT INTO world.chunk SELECT CASE WHEN n <= 1400 THEN 1 ELSE 2 END, n, world.vector(n, 16) FROM generate_series(1, 1450) n;
CREATE INDEX chunk_vectors ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops) WITH (bits = 4);
CREATE FUNCTION world.page(block int) RETURNS bytea LANGUAGE sql AS
    $$SELECT pg_read_binary_file(pg_relation_filepath('world.chunk_vectors'), 8192 * block, 8192)$$;
CREATE FUNCTION world.number(page bytea, at int) RETURNS int LANGUAGE sql AS
    $$SELECT get_byte(page, at) | get_byte(page, at + 1) << 8 | get_byte(page, at + 2) << 16 | get_byte(page, at + 3) << 24$$;
CREATE FUNCTION world.write(block int, at int, bytes bytea) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('COPY (SELECT WHERE false) TO PROGRAM %L', format('printf ''%s'' | dd of=%s bs=1 seek=%s conv=notrunc status=none',
        (SELECT string_agg(format('\%s%s%s', b >> 6, b >> 3 & 7, b & 7), '') FROM generate_series(0, length(bytes) - 1) n, get_byte(bytes, n) b),
        pg_relation_filepath('world.chunk_vectors'), 8192 * block + at));
END $$;
-- Where the pages lie: 0 is the meta page, 1 the directory's root.
CREATE FUNCTION world.kind(block int) RETURNS int LANGUAGE sql AS 'SELECT get_byte(world.page(block), 8188)';
CREATE PROCEDURE world.damage_only(kind int, at int, bytes bytea) LANGUAGE plpgsql AS $$
BEGIN
    REINDEX (TABLESPACE pg_default) INDEX world.chunk_vectors;
    -- Moved, its pages are on disk and not in memory.
    ALTER INDEX world.chunk_vectors SET TABLESPACE regress_index_damaged;
    COMMIT;
    PERFORM world.write((SELECT min(n)::int FROM generate_series(0, pg_relation_size('world.chunk_vectors') / 8192 - 1) n WHERE world.kind(n::int) = kind), at, bytes);
END $$;
CREATE PROCEDURE world.damage(what text, kind int, at int, bytes bytea) LANGUAGE plpgsql AS $$
DECLARE
    s text;
BEGIN
    CALL world.damage_only(kind, at, bytes);
    RAISE INFO '--- %', what;
    FOREACH s IN ARRAY ARRAY[
        'SELECT count(*) || '' rows, of tenants '' || array_agg(DISTINCT tenant_id)::text FROM (SELECT tenant_id FROM world.chunk WHERE tenant_id = 1 ORDER BY e <-> world.vector(-1, 16)) n',
        'SELECT count(*) || '' rows, of tenants '' || array_agg(DISTINCT tenant_id)::text FROM (SELECT tenant_id FROM world.chunk WHERE tenant_id = 2 ORDER BY e <-> world.vector(-1, 16) LIMIT 10) n',
        'INSERT INTO world.chunk SELECT 1, 9000 + n, world.vector(n, 16) FROM generate_series(1, 200) n RETURNING ''1 inserted''',
        'SELECT string_agg(n || '' times: '' || problem, ''; '' ORDER BY problem) FROM (SELECT regexp_replace(problem, ''\(.*\)'', ''(…)'') AS problem, count(*) AS n FROM tenancy.check_index(''world.chunk_vectors'') GROUP BY 1) c'] LOOP
        RAISE INFO '%', world.attempt(s);
    END LOOP;
    ROLLBACK;
END $$;
SET enable_seqscan = off;
SET enable_sort = off;
-- So it is undamaged.
CALL world.damage('nothing', 1, 0, '');
-- The meta page.
CALL world.damage('another format', 1, 24, '\x63000000');
CALL world.damage('no dimensions', 1, 28, '\x00000000');
CALL world.damage('too many dimensions', 1, 28, '\x803e0000');
CALL world.damage('far too many dimensions', 1, 28, '\xffffff7f');
CALL world.damage('no such metric', 1, 32, '\x09');
CALL world.damage('no such number of bits', 1, 33, '\x09');
CALL world.damage('another metric', 1, 32, '\x02');
CALL world.damage('other dimensions', 1, 28, '\x11000000');
CALL world.damage('another kind of page', 1, 8188, '\x02');
-- The directory.
CALL world.damage('no page of such an index', 2, 8184, '\x00000000');
CALL world.damage('entries of another size', 2, 12, '\xa100');
CALL world.damage('records of another size', 2, 14, '\xdd1f');
CALL world.damage('entries of no record', 2, 166, '\xff');
CALL world.damage('deeper than a key', 2, 24, '\xff');
CALL world.damage('a link to nowhere', 2, 24, '\x0100000000000000');
CALL world.damage('a link to itself', 2, 24, '\x0100000000000080010000000100000001000000');
CALL world.damage('a chain from nowhere', 2, 8148, '\x0f270000');
CALL world.damage('a chain from the root', 2, 8148, '\x01000000');
CALL world.damage('a chain from the meta page', 2, 8148, '\x00000000');
CALL world.damage('more pages than there are', 2, 8152, '\xffffff7f');
CALL world.damage('a centre nowhere', 2, 8156, '\x0f270000');
CALL world.damage('a centre on the root', 2, 8156, '\x01000000');
CALL world.damage('a centre that is none', 2, 8156, '\x03000000');
CALL world.damage('shared pages from nowhere', 2, 8176, '\x0f270000');
CALL world.damage('shared pages from the root', 2, 8176, '\x01000000');
CALL world.damage('shared pages that are a chain', 2, 8176, '\x04000000');
-- A chain.
CALL world.damage('no page of such an index', 3, 8184, '\x00000000');
CALL world.damage('another tenant''s', 3, 8160, '\x00000000');
CALL world.damage('a circle', 3, 8176, '\x03000000');
CALL world.damage('on to the root', 3, 8176, '\x01000000');
CALL world.damage('on to nowhere', 3, 8176, '\x0f270000');
CALL world.damage('cut off', 3, 8176, '\xffffffff');
CALL world.damage('of half an entry', 3, 12, '\x2400');
CALL world.damage('of a centre nowhere', 3, 8180, '\x0f270000');
CALL world.damage('of a centre that is none', 3, 8180, '\x01000000');
CALL world.damage('a row beyond the table', 3, 24, '\xffffff7fffff');
CALL world.damage('a row at no place', 3, 24, '\x000000000000');
CALL world.damage('a row twice', 3, 72, '\x010000000000');
CALL world.damage('a code of no number', 3, 31, '\xffffffffffffffffff');
-- A centre.
CALL world.damage('no page of such an index', 4, 8184, '\x00000000');
CALL world.damage('another kind of page', 4, 8188, '\x05');
CALL world.damage('after itself', 4, 8176, '\x02000000');
-- VACUUM and maintain() walk the same pages.
CALL world.damage_only(2, 8148, '\x01000000');
DELETE FROM world.chunk WHERE id IN (1, 2);
VACUUM world.chunk;
SELECT tenancy.maintain() ->> 'index_pages_encoded' AS encoded;
CALL world.damage_only(3, 8176, '\x03000000');
DELETE FROM world.chunk WHERE id IN (3, 4);
VACUUM world.chunk;
SELECT tenancy.maintain() ->> 'index_pages_encoded' AS encoded;
CALL world.damage_only(3, 8180, '\x01000000');
DELETE FROM world.chunk WHERE id IN (5, 6);
VACUUM world.chunk;
SELECT tenancy.maintain() ->> 'index_pages_encoded' AS encoded;
CALL world.damage_only(3, 8160, '\x00000000');
DELETE FROM world.chunk WHERE id IN (7, 8);
VACUUM world.chunk;
SELECT tenancy.maintain() ->> 'index_pages_encoded' AS encoded;
CALL world.damage_only(4, 8176, '\x02000000');
DELETE FROM world.chunk WHERE id IN (9, 10);
VACUUM world.chunk;
SELECT tenancy.maintain() ->> 'index_pages_encoded' AS encoded;
CALL world.damage_only(2, 24, '\x0100000000000080010000000100000001000000');
DELETE FROM world.chunk WHERE id IN (11, 12);
VACUUM world.chunk;
SELECT tenancy.maintain() ->> 'index_pages_encoded' AS encoded;
CALL world.damage_only(2, 24, '\x0100000000000000');
DELETE FROM world.chunk WHERE id IN (13, 14);
VACUUM world.chunk;
SELECT tenancy.maintain() ->> 'index_pages_encoded' AS encoded;
CALL world.damage_only(2, 166, '\xff');
DELETE FROM world.chunk WHERE id IN (15, 16);
VACUUM world.chunk;
SELECT tenancy.maintain() ->> 'index_pages_encoded' AS encoded;
CALL world.damage_only(1, 24, '\x63000000');
DELETE FROM world.chunk WHERE id IN (17, 18);
VACUUM world.chunk;
SELECT tenancy.maintain() ->> 'index_pages_encoded' AS encoded;
-- Shared pages, of many small tenants.
REINDEX INDEX world.chunk_vectors;
INSERT INTO world.chunk SELECT 3 + n % 60, 20000 + n, world.vector(n, 16) FROM generate_series(1, 700) n;
CALL world.damage('no page of such an index', 6, 8184, '\x00000000');
CALL world.damage('of another bucket page', 6, 8180, '\x04000000');
CALL world.damage('on to nowhere', 6, 8176, '\x0f270000');
CALL world.damage('on to the root', 6, 8176, '\x01000000');
CALL world.damage('entries of no record', 6, 30, '\xff');
CALL world.damage('entries of another size', 6, 12, '\x2400');
CALL world.damage_only(6, 30, '\xff');
DELETE FROM world.chunk WHERE id IN (20001, 20002);
VACUUM world.chunk;
SELECT tenancy.maintain() ->> 'index_pages_encoded' AS encoded;
-- Nor does the last row's going.
CALL world.damage_only(4, 8176, '\x02000000');
DELETE FROM world.chunk;
VACUUM world.chunk;
\i :suites/../fixtures/clear.sql
DROP TABLESPACE regress_index_damaged;
