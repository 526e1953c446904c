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
INSERT INTO world.chunk SELECT CASE WHEN n <= 3500 THEN 1 ELSE 2 END, n, world.vector(n, 16) FROM generate_series(1, 3550) n;
CREATE INDEX chunk_vectors ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops);
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
CREATE PROCEDURE world.damage(what text, kind int, at int, bytes bytea) LANGUAGE plpgsql AS $$
DECLARE
    block int;
    s text;
BEGIN
    REINDEX INDEX world.chunk_vectors;
    -- Moved, its pages are on disk and not in memory.
    ALTER INDEX world.chunk_vectors SET TABLESPACE regress_index_damaged;
    COMMIT;
    SELECT min(n) INTO block FROM generate_series(0, pg_relation_size('world.chunk_vectors') / 8192 - 1) n WHERE world.kind(n::int) = kind;
    RAISE INFO '--- %', what;
    PERFORM world.write(block, at, bytes);
    FOREACH s IN ARRAY ARRAY[
        'SELECT count(*) || '' rows, of tenants '' || array_agg(DISTINCT tenant_id)::text FROM (SELECT tenant_id FROM world.chunk WHERE tenant_id = 1 ORDER BY e <-> world.vector(-1, 16)) n',
        'SELECT count(*) || '' rows, of tenants '' || array_agg(DISTINCT tenant_id)::text FROM (SELECT tenant_id FROM world.chunk WHERE tenant_id = 2 ORDER BY e <-> world.vector(-1, 16) LIMIT 10) n',
        'INSERT INTO world.chunk SELECT 1, 9000 + n, world.vector(n, 16) FROM generate_series(1, 400) n RETURNING ''inserted''',
        'SELECT string_agg(block || '': '' || problem, ''; '' ORDER BY block) || coalesce('', and '' || count(*) FILTER (WHERE block IS NULL) || '' rows are missing'', '''') FROM tenancy.check_index(''world.chunk_vectors'')'] LOOP
        RAISE INFO '%', left(world.attempt(s), 300);
    END LOOP;
    ROLLBACK;
    ALTER INDEX world.chunk_vectors SET TABLESPACE pg_default;
EXCEPTION WHEN io_error THEN
    RAISE INFO '%', sqlerrm;
END $$;
