-- A tenant column of any type that can be one, asked for by a value of it, of another type that equals it, or by an array.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/vectors.sql
CREATE DOMAIN world.slug AS text;
CREATE TABLE world.source AS SELECT CASE WHEN n <= 1 THEN 1 WHEN n <= 11 THEN 10 WHEN n <= 311 THEN 300 ELSE -40 END AS number, n AS id, world.vector(n, 8) AS e FROM generate_series(1, 400) n;
CREATE FUNCTION world.tenant(number int, type text) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$SELECT CASE type WHEN 'uuid' THEN md5(number::text)::uuid::text WHEN 'text' THEN 'tenant ' || number WHEN 'varchar(9000)' THEN repeat('tenant ' || number, 500) WHEN 'world.slug' THEN 'Tenant' || number WHEN 'bigint' THEN (number & 1 | (number::bigint << 32))::text ELSE number::text END$$;
CREATE FUNCTION world.compare_all(type text, other text) RETURNS TABLE (asked text, answer text) LANGUAGE plpgsql AS $$
DECLARE
    condition text;
BEGIN
    EXECUTE format('CREATE TABLE world.chunk (tenant_id %s NOT NULL, id int, e vector(8))', type);
    IF other = 'text' THEN
        -- Long ones outside the row.
        ALTER TABLE world.chunk ALTER tenant_id SET STORAGE EXTERNAL;
    END IF;
    EXECUTE format('INSERT INTO world.chunk SELECT world.tenant(number, %1$L)::%1$s, id, e FROM world.source WHERE id %% 2 = 0', type);
    CREATE INDEX chunk_vectors ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops);
    EXECUTE format('INSERT INTO world.chunk SELECT world.tenant(number, %1$L)::%1$s, id, e FROM world.source WHERE id %% 2 = 1', type);
    FOR asked, condition IN
        SELECT 'one', format('= %L::%s', world.tenant(t, type), other) FROM unnest('{1,10,300,-40,7}'::int[]) t UNION ALL
        SELECT 'several', format('= ANY (ARRAY[%L, %L, %L, %L]::%s[])', world.tenant(10, type), world.tenant(300, type), world.tenant(300, type), world.tenant(7, type), other) UNION ALL
        SELECT 'NULL among them', format('= ANY (ARRAY[%L, NULL, %L, NULL]::%s[])', world.tenant(300, type), world.tenant(10, type), other) UNION ALL
        SELECT 'two dimensions', format('= ANY (ARRAY[[%L, %L], [NULL, %L]]::%s[])', world.tenant(300, type), world.tenant(1, type), world.tenant(10, type), other) UNION ALL
        SELECT 'only NULL', format('= ANY (ARRAY[NULL, NULL]::%s[])', other) UNION ALL
        SELECT 'none', format('= ANY (ARRAY[]::%s[])', other) UNION ALL
        SELECT 'computed', format('= ANY (ARRAY(SELECT (%L::text)::%s WHERE random() < 2))', world.tenant(300, type), other) UNION ALL
        SELECT 'computed NULL', format('= (SELECT NULL::%s WHERE random() < 2)', other) UNION ALL
        SELECT 'computed NULL', format('= ANY ((SELECT NULL::%s[] WHERE random() < 2)::%1$s[])', other) UNION ALL
        SELECT 'both', format('= ANY (ARRAY[%L, %L]::%s[]) AND tenant_id = ANY (ARRAY[%2$L, %4$L]::%3$s[])', world.tenant(1, type), world.tenant(300, type), other, world.tenant(10, type))
    LOOP
        answer := world.compare(format('SELECT id, e <-> %L AS distance FROM world.chunk WHERE tenant_id %s ORDER BY distance', world.vector(-1, 8), condition));
        RETURN NEXT;
    END LOOP;
    DROP TABLE world.chunk;
END $$;
SET tenancy.recall_bound = 6;
SELECT asked, answer, count(*), count(DISTINCT (type, other)) AS types
FROM (VALUES ('uuid', 'uuid'), ('text', 'text'), ('text', 'varchar'), ('varchar(9000)', 'varchar'), ('varchar(9000)', 'text'), ('world.slug', 'text'), ('world.slug', 'world.slug'),
             ('int4', 'int4'), ('int4', 'int8'), ('int8', 'int8'), ('int8', 'int4'), ('bigint', 'bigint'), ('int4', 'int2'), ('int8', 'int2')) t (type, other),
     world.compare_all(type, other) GROUP BY 1, 2 ORDER BY 1, 2;
\i :suites/../fixtures/clear.sql
