-- A text query ranks beside the vector: rows are fused by 1 / (60 + rank) in two lists of four times as many rows as are wanted.
-- Both lists hold what the tenant reads, and nothing else.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.chunk (tenant_id uuid NOT NULL, id int, body text, lang varchar(2), embedding vector(2), words tsvector GENERATED ALWAYS AS (to_tsvector('english', body)) STORED, PRIMARY KEY (tenant_id, id)) PARTITION BY HASH (id);
CREATE TABLE world.chunk_0 PARTITION OF world.chunk FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE world.chunk_1 PARTITION OF world.chunk FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO world.chunk (tenant_id, id, body, lang, embedding) SELECT :'acme', n, repeat('running ', n % 5) || 'text ' || n, CASE n % 3 WHEN 0 THEN 'de' ELSE 'en' END, ARRAY[100, n]::vector FROM generate_series(1, 200) n;
-- Nearest by words and farthest by vector; the same without a vector; and another tenant's, nearest by both.
INSERT INTO world.chunk (tenant_id, id, body, lang, embedding) VALUES (:'acme', 300, repeat('runs ', 50), 'en', '[-1,0]'), (:'acme', 301, repeat('runs ', 50), 'en', NULL);
INSERT INTO world.chunk (tenant_id, id, body, lang, embedding) SELECT :'globex', n, repeat('running ', 60), 'en', '[100,1]' FROM generate_series(1, 100) n;
CREATE TABLE world.plain (tenant_id text NOT NULL, id int, body text, embedding halfvec(2), PRIMARY KEY (tenant_id, id));
INSERT INTO world.plain SELECT CASE tenant_id WHEN :'acme' THEN 'acme' ELSE 'globex' END, id, body, embedding FROM world.chunk;
\set ECHO none
SELECT format('ALTER TABLE world.%I OWNER TO regress_world_owner', t) FROM unnest('{chunk,chunk_0,chunk_1,plain}'::text[]) t \gexec
\set ECHO all
SELECT tenancy.protect('world.chunk');
SELECT tenancy.protect('world.plain');
GRANT SELECT ON ALL TABLES IN SCHEMA world TO regress_world_app;
-- What it should give, from the definition.
CREATE FUNCTION world.fused(q vector, k int, query tsquery) RETURNS int[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(id ORDER BY score DESC, part, place) FROM (
        SELECT id, part, place, sum(1.0::float8 / (60 + rank)) AS score FROM (
            (SELECT id, tableoid AS part, ctid AS place, row_number() OVER (ORDER BY embedding <=> q) AS rank FROM world.chunk WHERE embedding IS NOT NULL ORDER BY rank LIMIT 4 * k)
            UNION ALL
            (SELECT id, tableoid, ctid, row_number() OVER (ORDER BY ts_rank_cd(words, query) DESC, tableoid, ctid) AS rank FROM world.chunk WHERE words @@ query AND embedding IS NOT NULL ORDER BY rank LIMIT 4 * k)
        ) lists GROUP BY id, part, place ORDER BY score DESC, part, place LIMIT k
    ) best
$$;
\c - regress_world_app
SET default_text_search_config = 'english';
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT array_agg(id) FROM tenancy.recall(NULL::chunk, '[100,1]', 5);
SELECT array_agg(id) FROM tenancy.recall(NULL::chunk, '[100,1]', 5, text_query => 'runs');
SELECT k, text_query, array_agg(r.id ORDER BY n) = world.fused('[100,33.3]', k, websearch_to_tsquery('english', text_query)) AS same, count(*)
FROM unnest('{1,3,10,49,60}'::int[]) k, unnest(ARRAY['runs', 'text -run', '199', '"text 7" or "text 8"', 'nowhere']) text_query,
     tenancy.recall(NULL::chunk, '[100,33.3]', k, text_query => text_query) WITH ORDINALITY r (tenant_id, id, body, lang, embedding, words, n)
GROUP BY k, text_query ORDER BY k, text_query COLLATE "C";
-- As many rows as there are, each once, those without a vector left out.
SELECT count(*), count(DISTINCT id) FROM tenancy.recall(NULL::chunk, '[100,1]', 1000000, text_query => 'runs');
SELECT count(*) FROM tenancy.recall(NULL::chunk, '[100,1]', 200, text_query => 'runs');
-- Filters are on both lists.
SELECT array_agg(id), array_agg(DISTINCT lang) AS langs FROM tenancy.recall(NULL::chunk, '[100,1]', 5, text_query => 'runs', filter => '{"lang": "de"}');
-- A text without words finds nothing, and leaves the vector's list.
SELECT array_agg(id) FROM tenancy.recall(NULL::chunk, '[100,1]', 5, text_query => '');
SELECT array_agg(id) FROM tenancy.recall(NULL::chunk, '[100,1]', 5, text_query => 'the');
SELECT array_agg(id) FROM tenancy.recall(NULL::chunk, '[100,1]', 5, text_query => '''"\ & | ! ( :* <-> $1 --');
-- Over text, read by the configuration that is set.
SELECT array_agg(id) FROM tenancy.recall(NULL::plain, '[100,1]', 5, text_query => 'runs');
SELECT array_agg(id) FROM tenancy.recall(NULL::chunk, '[100,1]', 5, text_query => 'runs', text_column => 'body');
SET default_text_search_config = 'simple';
SELECT array_agg(id) FROM tenancy.recall(NULL::plain, '[100,1]', 5, text_query => 'runs');
SELECT array_agg(id) FROM tenancy.recall(NULL::plain, '[100,1]', 5, text_query => 'running');
COMMIT;
SET default_text_search_config = 'english';
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT count(*), count(DISTINCT id), bool_and(tenant_id = :'globex') AS own FROM tenancy.recall(NULL::chunk, '[100,1]', 1000, text_query => 'runs');
-- All alike: by their place, the same again and again.
SELECT count(DISTINCT ids) FROM generate_series(1, 20), LATERAL (SELECT array_agg(id) AS ids FROM tenancy.recall(NULL::chunk, '[100,1]', 25, text_query => 'runs')) r;
COMMIT;
SELECT id FROM tenancy.recall(NULL::chunk, '[100,1]', 5, text_query => 'runs');
\i :suites/../fixtures/clear.sql
