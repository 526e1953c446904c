-- Through an index of any operator class and any number of bits, a tenant's rows come as a sequential scan and a sort give
-- them: all of them, in order, however many it has, whether they were there before the index or came later.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/vectors.sql
CREATE TABLE world.source AS SELECT CASE WHEN n <= 1 THEN 1 WHEN n <= 11 THEN 10 WHEN n <= 311 THEN 300 ELSE 3000 END AS tenant_id,
    n AS id, world.vector(n, 16) + array_fill(n % 2, '{16}')::vector AS v FROM generate_series(1, 3311) n;
CREATE TABLE world.chunk (tenant_id int NOT NULL, id int, v vector(16), h halfvec(16));
CREATE FUNCTION world.compare_all(type text, metric text, operator text, bits int) RETURNS TABLE (tenant int, rows text, answer text) LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE world.chunk;
    INSERT INTO world.chunk SELECT tenant_id, id, v, v FROM world.source WHERE id % 2 = 0 AND (id <= 1700 OR bits = 1);
    EXECUTE format('CREATE INDEX chunk_vectors ON world.chunk USING tenant_vector (tenant_id, %s %s_%s_ops) WITH (bits = %s)', left(type, 1), type, metric, bits);
    INSERT INTO world.chunk SELECT tenant_id, id, v, v FROM world.source WHERE id % 2 = 1 AND (id <= 1700 OR bits = 1);
    RETURN QUERY SELECT t, l, world.compare(format('SELECT id, %s %s %L AS distance FROM world.chunk WHERE tenant_id = %s ORDER BY distance %s',
                                                   left(type, 1), operator, world.vector(-q, 16), t, l))
                 FROM unnest('{1,10,300,3000,7}'::int[]) t, (VALUES ('LIMIT 10', 2), ('LIMIT 1000000', 1)) l (l, n), generate_series(1, n) q;
    RETURN QUERY SELECT NULL::int, 'check_index', c::text FROM tenancy.check_index('world.chunk_vectors') c;
    DROP INDEX world.chunk_vectors;
END $$;
-- So wide a bound misses no row. 24 indexes.
SET tenancy.recall_bound = 6;
SELECT c.*, count(*)
FROM unnest('{vector,halfvec}'::text[]) type, (VALUES ('l2', '<->'), ('ip', '<#>'), ('cosine', '<=>')) m (metric, operator), generate_series(1, 4) bits,
     world.compare_all(type, metric, operator, bits) c GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;

-- A narrower bound fetches fewer rows, and may miss some: of the ten nearest hardly one in a hundred, unless it is set so.
CREATE TABLE world.wide (tenant_id int NOT NULL, id int, v vector(64));
INSERT INTO world.wide SELECT 1, n, world.vector(n, 64) FROM generate_series(1, 1000) n;
CREATE INDEX wide_vectors ON world.wide USING tenant_vector (tenant_id, v vector_cosine_ops);
CREATE FUNCTION world.miss(bound text, OUT missed int, OUT buffers int) LANGUAGE plpgsql SET enable_seqscan = off SET enable_sort = off AS $$
DECLARE
    q vector;
    found int[];
    plan json;
BEGIN
    missed := 0;
    buffers := 0;
    PERFORM set_config('tenancy.recall_bound', bound, true);
    FOR n IN 1..50 LOOP
        q := world.vector(-n, 64);
        SELECT array_agg(id) INTO found FROM (SELECT id FROM world.wide WHERE tenant_id = 1 ORDER BY v <=> q LIMIT 10) i;
        missed := missed + (SELECT count(*) FROM (SELECT id, (v <=> q) + 0 AS distance FROM world.wide ORDER BY distance LIMIT 10) t WHERE id <> ALL (found));
        EXECUTE format('EXPLAIN (ANALYZE, BUFFERS, FORMAT json) SELECT id FROM world.wide WHERE tenant_id = 1 ORDER BY v <=> %L LIMIT 10', q) INTO plan;
        buffers := buffers + (plan #>> '{0,Plan,Shared Hit Blocks}')::int + (plan #>> '{0,Plan,Shared Read Blocks}')::int;
    END LOOP;
END $$;
RESET tenancy.recall_bound;
SHOW tenancy.recall_bound;
SELECT narrow.missed > 5 AS narrow_misses, by_default.missed <= 5 AS default_hardly, wide.missed AS wide,
       narrow.buffers < by_default.buffers AND by_default.buffers < wide.buffers AS fewer_fetched
FROM world.miss('0') narrow, world.miss('2') by_default, world.miss('6') wide;
\i :suites/../fixtures/clear.sql
