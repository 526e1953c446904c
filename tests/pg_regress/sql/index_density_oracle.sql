-- Attack 45: B plants vectors around A's query. Of A's answer nothing changes: not its rows, not their order, not their
-- number, nor how many pages of index and table are read for it.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/vectors.sql
SELECT tenancy.resume_tenant('initech') AS resumed;
GRANT tenancy_admin TO regress_world_owner;
CREATE TABLE world.chunk (tenant_id uuid NOT NULL, id int, e vector(16)) WITH (autovacuum_enabled = off);
ALTER TABLE world.chunk OWNER TO regress_world_owner;
CREATE INDEX chunk_tenant ON world.chunk (tenant_id);
CREATE INDEX chunk_vectors ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops);
-- A is acme, with pages of its own, and initech, whose few rows share a page with others.
INSERT INTO world.chunk SELECT CASE WHEN n <= 1000 THEN :'acme' ELSE :'initech' END::uuid, n, world.vector(n, 16) FROM generate_series(1, 1020) n;
SELECT tenancy.protect('world.chunk');
GRANT SELECT, INSERT ON world.chunk TO regress_world_app;
CREATE TABLE world.seen (phase text, tenant text, ids int[], distances float8[], every int);
CREATE TABLE world.read (phase text, tenant text, of_index bigint, of_table bigint);
CREATE TABLE world.a (tenant text, tenant_id uuid, key text);
INSERT INTO world.a VALUES ('acme', :'acme', :'acme_key'), ('initech', :'initech', :'initech_key');
GRANT SELECT, INSERT ON world.seen, world.a TO regress_world_app;
-- What A sees: the ten nearest of its rows to three questions, and how many there are.
CREATE FUNCTION world.see(phase text, tenant text) RETURNS void LANGUAGE sql SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
    INSERT INTO world.seen SELECT phase, tenant, array_agg(id), array_agg(distance), (SELECT count(*) FROM (SELECT FROM world.chunk ORDER BY e <-> world.vector(-1, 16) LIMIT 100000) c)
    FROM generate_series(1, 3) q, LATERAL (SELECT id, e <-> world.vector(-q, 16) AS distance FROM world.chunk ORDER BY distance LIMIT 10) n
$$;
CREATE PROCEDURE world.see_as_each(phase text) LANGUAGE plpgsql AS $$
DECLARE
    a record;
BEGIN
    FOR a IN SELECT * FROM world.a LOOP
        PERFORM tenancy.bind(a.key);
        PERFORM world.see(phase, a.tenant);
        COMMIT;
    END LOOP;
END $$;
-- How many pages are read for it, which only a role may count that row security does not bind.
CREATE FUNCTION world.count_pages(phase text) RETURNS void LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    a record;
    of_index bigint;
    of_table bigint;
BEGIN
    FOR a IN SELECT * FROM world.a LOOP
        -- The planner's reading counts too, but not what is read to open the index for the first time.
        FOR attempt IN 1..2 LOOP
            of_index := pg_stat_get_xact_blocks_fetched('world.chunk_vectors'::regclass);
            of_table := pg_stat_get_xact_blocks_fetched('world.chunk'::regclass);
            PERFORM n.id FROM generate_series(1, 3) q, LATERAL (SELECT id FROM world.chunk WHERE tenant_id = a.tenant_id ORDER BY e <-> world.vector(-q, 16) LIMIT 10) n;
        END LOOP;
        INSERT INTO world.read SELECT phase, a.tenant, pg_stat_get_xact_blocks_fetched('world.chunk_vectors'::regclass) - of_index, pg_stat_get_xact_blocks_fetched('world.chunk'::regclass) - of_table;
    END LOOP;
END $$;
\! eval "$APP -c \"CALL world.see_as_each('alone')\""
SELECT FROM world.count_pages('alone');
-- B is globex. It comes as near to A's questions as it likes, and in numbers.
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
INSERT INTO chunk (id, e) SELECT 10000 + n, world.vector(-1 - n % 3, 16) + (ARRAY[n / 100000.0] || array_fill(0, '{15}'))::vector FROM generate_series(1, 4000) n;
COMMIT;
\c - :SUPERUSER
\! eval "$APP -c \"CALL world.see_as_each('planted')\""
SELECT FROM world.count_pages('planted');
-- Its rows come and go.
UPDATE world.chunk SET e = world.vector(-1 - id % 3, 16) WHERE id > 12000;
DELETE FROM world.chunk WHERE id > 13000;
\! eval "$APP -c \"CALL world.see_as_each('changed')\""
SELECT FROM world.count_pages('changed');
VACUUM world.chunk;
\! eval "$APP -c \"CALL world.see_as_each('vacuumed')\""
SELECT FROM world.count_pages('vacuumed');
-- A new index lies otherwise, but with B in it as without.
REINDEX INDEX world.chunk_vectors;
\! eval "$APP -c \"CALL world.see_as_each('rebuilt')\""
SELECT FROM world.count_pages('rebuilt');
DELETE FROM world.chunk WHERE id > 10000;
VACUUM world.chunk;
REINDEX INDEX world.chunk_vectors;
\! eval "$APP -c \"CALL world.see_as_each('rebuilt alone')\""
SELECT FROM world.count_pages('rebuilt alone');
-- The rows are the right ones, and the same each time.
SELECT s.tenant, s.phase, s.every AS rows, s.ids = r.ids AS right, (s.ids, s.distances, s.every) = (a.ids, a.distances, a.every) AS same
FROM world.seen s JOIN world.seen a USING (tenant) JOIN world.a t USING (tenant),
     LATERAL (SELECT array_agg(n.id) AS ids FROM generate_series(1, 3) q, LATERAL (SELECT id FROM world.chunk c WHERE c.tenant_id = t.tenant_id ORDER BY (e <-> world.vector(-q, 16)) + 0 LIMIT 10) n) r
WHERE a.phase = 'alone' ORDER BY s.tenant, s.phase;
-- So are the numbers of pages.
SELECT p.tenant, p.phase, p.of_index = a.of_index AS same_of_index, p.of_table = a.of_table AS same_of_table, p.of_index > 3 AND p.of_table > 3 AS counted
FROM world.read p JOIN world.read a ON a.tenant = p.tenant AND a.phase = CASE WHEN p.phase ~ 'rebuilt' THEN 'rebuilt alone' ELSE 'alone' END ORDER BY 1, 2;
SELECT * FROM tenancy.check_index('world.chunk_vectors');
\i :suites/../fixtures/clear.sql
