-- recall gives the rows that ORDER BY gives, nearest first: the tenant's own, all columns, never fewer than there are, from every
-- place where a query can stand.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.chunk (gone int, tenant_id uuid NOT NULL, id int, lang text, page int, gone_too text, embedding vector(3), twice int GENERATED ALWAYS AS (id * 2) STORED, PRIMARY KEY (tenant_id, id));
ALTER TABLE world.chunk DROP COLUMN gone, DROP COLUMN gone_too;
-- The vectors of both tenants are the same, and none is as far as another.
INSERT INTO world.chunk SELECT tenant::uuid, n, CASE n % 2 WHEN 0 THEN 'en' END, n % 7, ARRAY[cos(n * 0.001), sin(n * 0.001), 0]::vector
FROM unnest(ARRAY[:'acme', :'globex']) tenant, generate_series(1, 500) n;
INSERT INTO world.chunk SELECT :'acme', 1000 + n, 'none', NULL, NULL FROM generate_series(1, 3) n;
UPDATE world.chunk SET embedding = '[0,0,0]' WHERE tenant_id = :'acme' AND id = 500;
UPDATE world.chunk SET id = 490 + 1000 WHERE tenant_id = :'acme' AND id = 490;
DELETE FROM world.chunk WHERE tenant_id = :'acme' AND id = 480;
ALTER TABLE world.chunk OWNER TO regress_world_owner;
SELECT tenancy.protect('world.chunk');
CREATE TABLE world.half (tenant_id text NOT NULL, id int, first halfvec(3), second vector, PRIMARY KEY (tenant_id, id)) PARTITION BY LIST (tenant_id);
CREATE TABLE world.half_acme PARTITION OF world.half FOR VALUES IN ('acme');
CREATE TABLE world.half_rest PARTITION OF world.half DEFAULT;
INSERT INTO world.half SELECT tenant, n, ARRAY[1, n, 0]::halfvec, ARRAY[n, 1, 0]::vector FROM unnest('{acme,globex}'::text[]) tenant, generate_series(1, 20) n;
ALTER TABLE world.half OWNER TO regress_world_owner;
SELECT tenancy.protect('world.half');
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA world TO regress_world_app;
-- The same vectors under an index of each distance, by which they come in different orders.
\set ECHO none
SELECT format('CREATE TABLE world.by_%1$s (tenant_id uuid NOT NULL, id int, embedding %2$s(3), PRIMARY KEY (tenant_id, id))', metric, type),
       format('INSERT INTO world.by_%1$s SELECT tenant::uuid, n, ARRAY[cos(n), sin(n), 0.1 * n]::vector FROM unnest(ARRAY[%2$L, %3$L]) tenant, generate_series(1, 500) n', metric, :'acme', :'globex'),
       format('ALTER TABLE world.by_%1$s OWNER TO regress_world_owner', metric),
       format('CREATE INDEX ON world.by_%1$s USING tenant_vector (tenant_id, embedding %2$s_%1$s_ops)', metric, type),
       format('ANALYZE world.by_%1$s', metric)
FROM (VALUES ('l2', 'vector'), ('ip', 'halfvec'), ('cosine', 'vector')) m (metric, type) \gexec
\set ECHO all
SELECT tenancy.protect(t) FROM unnest('{world.by_l2,world.by_ip,world.by_cosine}'::regclass[]) t;
GRANT SELECT ON world.by_l2, world.by_ip, world.by_cosine TO regress_world_app;
CREATE TABLE world.denied (tenant_id uuid NOT NULL, embedding vector(3), PRIMARY KEY (tenant_id));
ALTER TABLE world.denied OWNER TO regress_world_owner;
SELECT tenancy.protect('world.denied');
CREATE FUNCTION world.nearest(q vector, k int) RETURNS int[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    found_id int;
    ids int[] := '{}';
BEGIN
    FOR found_id IN SELECT id FROM tenancy.recall(NULL::world.chunk, q, k) LOOP
        ids := ids || found_id;
    END LOOP;
    RETURN ids;
END $$;
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT *, round((embedding <=> '[1,0,0]')::numeric, 6) AS distance FROM tenancy.recall(NULL::chunk, '[1,0,0]', 3);
-- The same rows in the same order as without it, for as many as are wanted and more. A vector without direction is the farthest,
-- as in ORDER BY; rows without a vector are left out.
SELECT k, array_agg(r.id ORDER BY r.n) = (SELECT array_agg(id) FROM (SELECT id FROM chunk WHERE embedding IS NOT NULL ORDER BY embedding <=> '[0.9,0.3,0.1]', id LIMIT k) o) AS same, count(*)
FROM unnest('{1,10,100,498,499,500,1000000}'::int[]) k, tenancy.recall(NULL::chunk, '[0.9,0.3,0.1]', k) WITH ORDINALITY r (tenant_id, id, lang, page, embedding, twice, n) GROUP BY k ORDER BY k;
SELECT id FROM tenancy.recall(NULL::chunk, '[1,0,0]', 600) WITH ORDINALITY r (tenant_id, id, lang, page, embedding, twice, n) ORDER BY n DESC LIMIT 2;
SELECT count(*) FROM tenancy.recall(NULL::chunk, '[1,0,0]');
-- Filters on top still give as many rows as are wanted.
SELECT array_agg(id) FROM tenancy.recall(NULL::chunk, '[1,0,0]', 5, filter => '{"lang": "en"}');
SELECT array_agg(id) FROM tenancy.recall(NULL::chunk, '[1,0,0]', 5, filter => '{"lang": null}');
SELECT array_agg(id) FROM tenancy.recall(NULL::chunk, '[1,0,0]', 5, filter => '{"lang": "en", "twice": 16}');
SELECT array_agg(id) FROM tenancy.recall(NULL::chunk, '[1,0,0]', 5, filter => '{"lang": "none"}');
SELECT count(*), count(*) FILTER (WHERE lang = 'en') FROM tenancy.recall(NULL::chunk, '[1,0,0]', 300, filter => '{"lang": "en"}');
SELECT array_agg(id) FROM tenancy.recall(NULL::chunk, '[1,0,0]', 5, NULL, NULL);
-- Two columns of vectors, in half precision and of no fixed length, in partitions.
SELECT array_agg(id) FROM tenancy.recall(NULL::half, '[0,1,0]', 3, vector_column => 'first');
SELECT array_agg(id) FROM tenancy.recall(NULL::half, '[0,1,0]', 3, vector_column => 'second');
-- By the distance of the index, through it: its count says so below.
SET LOCAL tenancy.recall_bound = 6;
SET LOCAL enable_sort = off;
SELECT array_agg(r.id ORDER BY n) = (SELECT array_agg(id) FROM (SELECT id FROM by_l2 ORDER BY (embedding <-> '[1,0,20]') + 0, id LIMIT 20) o) AS l2, min(id), max(id) FROM tenancy.recall(NULL::by_l2, '[1,0,20]', 20) WITH ORDINALITY r (tenant_id, id, embedding, n);
SELECT array_agg(r.id ORDER BY n) = (SELECT array_agg(id) FROM (SELECT id FROM by_ip ORDER BY (embedding <#> '[1,0,20]') + 0, id LIMIT 20) o) AS ip, min(id), max(id) FROM tenancy.recall(NULL::by_ip, '[1,0,20]', 20) WITH ORDINALITY r (tenant_id, id, embedding, n);
SELECT array_agg(r.id ORDER BY n) = (SELECT array_agg(id) FROM (SELECT id FROM by_cosine ORDER BY (embedding <=> '[1,0,20]') + 0, id LIMIT 20) o) AS cosine, min(id), max(id) FROM tenancy.recall(NULL::by_cosine, '[1,0,20]', 20) WITH ORDINALITY r (tenant_id, id, embedding, n);
SELECT array_agg(id) FROM tenancy.recall(NULL::by_l2, '[0,0,0]', 3);
SELECT count(*), count(DISTINCT id) FROM tenancy.recall(NULL::by_ip, '[1,0,20]', 1000);
SELECT detail FROM tenancy.recall_plan(NULL::by_ip, '[1,0,20]') WHERE step IN ('distance', 'index');
RESET enable_sort;
-- In a list of values, a prepared statement, a function, a join, a subquery, a cursor; run again and again.
SELECT (tenancy.recall(NULL::chunk, '[1,0,0]', 2)).*;
SELECT array_agg(id) FROM tenancy.recall(NULL::chunk, $1, $2) \bind '[1,0,0]' 4 \g
SELECT world.nearest(q, 2) FROM unnest(ARRAY['[1,0,0]', '[0,1,0]', '[1,0,0]']::vector[]) q;
SELECT c.id, array_agg(r.id) FROM chunk c, LATERAL tenancy.recall(NULL::chunk, c.embedding, 1) r WHERE c.id IN (10, 20, 30) GROUP BY c.id ORDER BY c.id;
SELECT id FROM chunk WHERE id IN (SELECT id FROM tenancy.recall(NULL::chunk, '[1,0,0]', 2)) ORDER BY id;
DECLARE c CURSOR FOR SELECT id FROM tenancy.recall(NULL::chunk, '[1,0,0]', 3);
FETCH 2 FROM c;
FETCH 2 FROM c;
DO $$
DECLARE
    found int[];
BEGIN
    FOR n IN 1 .. 200 LOOP
        SELECT array_agg(id) INTO found FROM tenancy.recall(NULL::world.chunk, ARRAY[cos(n * 0.001), sin(n * 0.001), 0]::vector, n % 7 + 1);
        IF found[1] <> n OR cardinality(found) <> n % 7 + 1 THEN
            RAISE EXCEPTION '%: %', n, found;
        END IF;
    END LOOP;
END $$;
-- What this transaction has written is found.
INSERT INTO chunk (id, embedding) VALUES (2000, '[0,0,1]');
SELECT id FROM tenancy.recall(NULL::chunk, '[0,0,1]', 1);
ROLLBACK;
BEGIN READ ONLY;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT id FROM tenancy.recall(NULL::by_l2, '[0,0,0]', 1);
SELECT tenant_id = :'globex' AS own, id FROM tenancy.recall(NULL::chunk, '[1,0,0]', 2);
SELECT array_agg(id) FROM tenancy.recall(NULL::half, '[0,1,0]', 3, vector_column => 'first');
SELECT count(*), bool_and(tenant_id = :'globex') AS own FROM tenancy.recall(NULL::chunk, '[1,0,0]', 1000000);
SELECT pg_current_xact_id_if_assigned() IS NULL AS nothing_written;
COMMIT;
-- Unbound, as the settings say.
SELECT id FROM tenancy.recall(NULL::chunk, '[1,0,0]', 2);
SET tenancy.unbound = 'empty';
SELECT id FROM tenancy.recall(NULL::chunk, '[1,0,0]', 2);
RESET tenancy.unbound;
-- A role without privileges on the table, and one that row security does not bind, which reads as it reads anyway.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT * FROM tenancy.recall(NULL::denied, '[1,0,0]', 2);
COMMIT;
\c - :SUPERUSER
SELECT count(DISTINCT tenant_id) FROM tenancy.recall(NULL::world.chunk, '[1,0,0]', 2);
DO $$
BEGIN
    FOR attempt IN 1..100 LOOP
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN (SELECT count(*) FROM pg_stat_user_indexes WHERE schemaname = 'world' AND indexrelname LIKE 'by_%_embedding_idx' AND idx_scan > 0) = 3;
        PERFORM pg_sleep(0.1);
    END LOOP;
END $$;
SELECT indexrelname FROM pg_stat_user_indexes WHERE schemaname = 'world' AND indexrelname LIKE 'by_%_embedding_idx' AND idx_scan > 0 ORDER BY 1;
-- The table changes under plans that are kept.
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT * FROM tenancy.recall(NULL::chunk, '[1,0,0]', 1);
SELECT id FROM tenancy.recall(NULL::chunk, '[1,0,0]', 2, filter => '{"page": 5}');
COMMIT;
\! $ADMIN -c "ALTER TABLE world.chunk ADD COLUMN note text DEFAULT 'new', DROP COLUMN lang, ALTER COLUMN page TYPE text"
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT * FROM tenancy.recall(NULL::chunk, '[1,0,0]', 1);
SELECT id FROM tenancy.recall(NULL::chunk, '[1,0,0]', 2, filter => '{"page": 5}');
COMMIT;
\! $ADMIN -c "ALTER SCHEMA world RENAME TO regress_world_old" -c "CREATE SCHEMA world" -c "CREATE TABLE world.chunk (LIKE regress_world_old.chunk INCLUDING ALL)" -c "GRANT USAGE ON SCHEMA world, regress_world_old TO PUBLIC" -c "GRANT SELECT ON world.chunk TO regress_world_app"
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT id FROM tenancy.recall(NULL::regress_world_old.chunk, '[1,0,0]', 1);
SELECT id FROM tenancy.recall(NULL::chunk, '[1,0,0]', 1);
COMMIT;
\! $ADMIN -c "DROP SCHEMA world CASCADE" -c "ALTER SCHEMA regress_world_old RENAME TO world" 2> /dev/null
\i :suites/../fixtures/clear.sql
