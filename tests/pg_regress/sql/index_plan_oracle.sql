-- Which plan is chosen can show in the order of equally distant rows. So where row security binds a query, its cost tells
-- nothing of tenants whose rows are not read: neither named alone, nor in an array beside one's own. What a session may
-- see of costs is shown here with a policy of one's own, as a bound session cannot EXPLAIN.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/vectors.sql
CREATE TABLE world.chunk (tenant_id int NOT NULL, id int, e vector(8));
ALTER TABLE world.chunk SET (autovacuum_enabled = off);
INSERT INTO world.chunk SELECT 1, n, world.vector(n, 8) FROM generate_series(1, 500) n;
CREATE INDEX chunk_vectors ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops);
ANALYZE world.chunk;
INSERT INTO world.chunk SELECT 2, n, world.vector(n, 8) FROM generate_series(1, 3000) n;
ALTER TABLE world.chunk ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON world.chunk USING (tenant_id = current_setting('world.tenant')::int);
CREATE ROLE regress_plan_oracle;
GRANT USAGE ON SCHEMA world TO regress_plan_oracle;
GRANT SELECT ON world.chunk TO regress_plan_oracle;
CREATE FUNCTION world.cost(condition text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE format('EXPLAIN (FORMAT JSON) SELECT id FROM world.chunk WHERE %s ORDER BY e <-> ''[1,0,0,0,0,0,0,0]'' LIMIT 5', condition) INTO plan;
    RETURN (SELECT jsonb_path_query_first(plan::jsonb, '$.**?(@."Index Name" == "chunk_vectors")."Startup Cost"')::numeric);
END
$$;
SET enable_seqscan = off;
SET enable_sort = off;
\set ECHO all
-- Who is not bound by it sees the cost of what is asked for.
SELECT world.cost('tenant_id = 2') > world.cost('tenant_id = 3') AS alone, world.cost('tenant_id IN (1, 2)') > world.cost('tenant_id IN (1, 3)') AS beside;
SET world.tenant = 1;
SET ROLE regress_plan_oracle;
SELECT world.cost('tenant_id = 2') = world.cost('tenant_id = 3') AS alone, world.cost('tenant_id IN (1, 2)') = world.cost('tenant_id IN (1, 3)') AS beside;
RESET ROLE;
-- Two conditions are as long as the tenants of both, and can be cancelled.
SET statement_timeout = '20s';
SELECT id FROM world.chunk WHERE tenant_id = ANY (ARRAY(SELECT generate_series(1, 200000))) AND tenant_id = ANY (ARRAY(SELECT generate_series(-199998, 1))) ORDER BY e <-> world.vector(7, 8) LIMIT 1;
RESET statement_timeout;
\set ECHO none
DROP OWNED BY regress_plan_oracle;
DROP ROLE regress_plan_oracle;
