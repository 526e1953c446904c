-- The index is chosen for the nearest rows of a tenant of any size, be it that statistics know the tenant or not: so a
-- plan that was made for a tiny tenant, and kept, serves a large one. It is not chosen where it would not help.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/vectors.sql
CREATE TABLE world.chunk (tenant_id int NOT NULL, id int GENERATED ALWAYS AS IDENTITY, kind int, e vector(8));
ALTER TABLE world.chunk SET (autovacuum_enabled = off);
-- Tenants' rows lie together, which is best for a btree.
INSERT INTO world.chunk (tenant_id, kind, e) SELECT tenant, n % 1000, world.vector(n, 8)
FROM (SELECT n, 10 FROM generate_series(1001, 1900) n UNION ALL SELECT n, 100 FROM generate_series(101, 110) n UNION ALL SELECT n, 1 FROM generate_series(1, 50) n UNION ALL VALUES (500, 500), (5000, 5000)) t (tenant, rows), generate_series(1, rows) n
ORDER BY tenant;
CREATE INDEX chunk_vectors ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops);
CREATE INDEX chunk_tenant ON world.chunk (tenant_id);
CREATE INDEX chunk_key ON world.chunk (tenant_id, id);
CREATE INDEX chunk_kind ON world.chunk (tenant_id, kind);
CREATE FUNCTION world.plan(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON) ' || statement INTO plan;
    RETURN (SELECT string_agg(coalesce(node ->> 'Index Name', node ->> 'Node Type'), ', ') FROM jsonb_path_query(plan::jsonb, 'strict $.**?(exists(@."Node Type") && @."Node Type" != "Limit")') node);
END
$$;
CREATE FUNCTION world.plans(query text) RETURNS TABLE (tenant int, plan text) LANGUAGE sql AS $$
    SELECT tenant, world.plan(format(query, tenant)) FROM unnest('{0,1,1001,101,500,5000}'::int[]) tenant
$$;
\set nearest 'SELECT id FROM world.chunk WHERE tenant_id = %s ORDER BY e <-> ''[1,0,0,0,0,0,0,0]'' LIMIT 10'
\set ECHO all
-- Statistics know most tenants, or only the largest.
ANALYZE world.chunk;
SELECT * FROM world.plans(:'nearest');
ALTER TABLE world.chunk ALTER tenant_id SET STATISTICS 1;
ANALYZE world.chunk;
SELECT * FROM world.plans(:'nearest');
-- All rows are sorted, rows in no order or in another come by another index, as do a few that are asked for by more.
SELECT * FROM world.plans('SELECT id FROM world.chunk WHERE tenant_id = %s ORDER BY e <-> ''[1,0,0,0,0,0,0,0]''') WHERE plan ~ 'chunk_vectors';
SELECT * FROM world.plans('SELECT id FROM world.chunk WHERE tenant_id = %s LIMIT 10') WHERE plan ~ 'chunk_vectors';
SELECT * FROM world.plans('SELECT id FROM world.chunk WHERE tenant_id = %s ORDER BY id LIMIT 10') WHERE plan ~ 'chunk_vectors';
SELECT world.plan(format(:'nearest', '5000 AND kind = 7'));
-- A prepared statement, used for a tiny tenant first.
PREPARE nearest (int, vector) AS SELECT id FROM world.chunk WHERE tenant_id = $1 ORDER BY e <-> $2 LIMIT 10;
PREPARE few (int, vector, int) AS SELECT id FROM world.chunk WHERE tenant_id = $1 ORDER BY e <-> $2 LIMIT $3;
\set ECHO none
\o /dev/null
EXECUTE nearest (1001, world.vector(1, 8));
EXECUTE nearest (1001, world.vector(2, 8));
EXECUTE nearest (1001, world.vector(3, 8));
EXECUTE nearest (1001, world.vector(4, 8));
EXECUTE nearest (1001, world.vector(5, 8));
EXECUTE nearest (1001, world.vector(6, 8));
EXECUTE nearest (1001, world.vector(7, 8));
EXECUTE few (1001, world.vector(1, 8), 10);
EXECUTE few (1001, world.vector(2, 8), 10);
EXECUTE few (1001, world.vector(3, 8), 10);
EXECUTE few (1001, world.vector(4, 8), 10);
EXECUTE few (1001, world.vector(5, 8), 10);
EXECUTE few (1001, world.vector(6, 8), 10);
EXECUTE few (1001, world.vector(7, 8), 10);
\o
\set ECHO all
SELECT world.plan(format('EXECUTE nearest (5000, %L)', world.vector(1, 8))) AS nearest, world.plan(format('EXECUTE few (5000, %L, 10)', world.vector(1, 8))) AS few;
SET plan_cache_mode = force_generic_plan;
SELECT world.plan(format('EXECUTE nearest (5000, %L)', world.vector(1, 8))) AS nearest, world.plan(format('EXECUTE few (5000, %L, 10)', world.vector(1, 8))) AS few;
RESET plan_cache_mode;
