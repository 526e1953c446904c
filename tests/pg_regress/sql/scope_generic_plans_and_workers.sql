-- A plan that is kept carries no floor from one transaction to the next, and parallel workers see their leader's floor.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.doc (tenant_id uuid NOT NULL, scope tenancy.scope NOT NULL, id int, body text);
INSERT INTO world.doc SELECT CASE n % 10 WHEN 0 THEN :'globex' ELSE :'acme' END::uuid,
    (CASE n % 4 WHEN 0 THEN '{}' WHEN 1 THEN '{"team": "x"}' WHEN 2 THEN '{"team": "y"}' ELSE '{"team": "x", "user": "u"}' END)::jsonb, n, 'row ' || n FROM generate_series(1, 20000) n;
ALTER TABLE world.doc OWNER TO regress_world_owner;
CREATE TABLE world.common (LIKE world.doc);
INSERT INTO world.common TABLE world.doc;
INSERT INTO world.common SELECT '00000000-0000-0000-0000-000000000000', scope, id, body FROM world.doc WHERE id <= 4;
ALTER TABLE world.common OWNER TO regress_world_owner;
SET client_min_messages = warning;
SELECT tenancy.protect('world.doc', scope_column => 'scope');
SELECT tenancy.protect('world.common', scope_column => 'scope', shared => true);
GRANT SELECT, INSERT ON world.doc, world.common TO regress_world_app;
ANALYZE world.doc, world.common;
SELECT secret AS x FROM tenancy.create_key('acme', 'x', scope_floor => '{"team": "x"}') \gset
SELECT secret AS y FROM tenancy.create_key('acme', 'y', scope_floor => '{"team": "y"}') \gset
CREATE FUNCTION world.docs(OUT docs bigint, OUT common bigint) LANGUAGE plpgsql STABLE AS
    'BEGIN SELECT count(*) INTO docs FROM world.doc; SELECT count(*) INTO common FROM world.common; END';
CREATE FUNCTION world.doc(new_id int) RETURNS tenancy.scope LANGUAGE plpgsql AS
    'DECLARE s tenancy.scope; BEGIN INSERT INTO world.doc (id) VALUES (new_id) RETURNING scope INTO s; RETURN s; END';
-- Says which session reads a row.
CREATE FUNCTION world.reader() RETURNS int LANGUAGE plpgsql STABLE PARALLEL SAFE AS 'BEGIN RETURN pg_backend_pid(); END';
SELECT proname, provolatile, proparallel FROM pg_proc WHERE pronamespace = 'tenancy'::regnamespace
AND proname ~ '^(scope_|row_visible|readable_tenants|whole_tenant|require_capability)' ORDER BY 1, 2, 3;
\c - regress_world_app
SET plan_cache_mode = force_generic_plan;
-- By functions and by the extended protocol, one floor after another and back.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT * FROM world.docs();
SELECT count(*) FROM doc WHERE id < $1 \bind 1000 \g
COMMIT;
BEGIN;
SELECT tenancy.bind(:'x') = :'acme' AS bound;
SELECT * FROM world.docs();
SELECT count(*) FROM doc WHERE id < $1 \bind 1000 \g
SELECT world.doc(100001);
SELECT tenancy.bind(:'x', '{"scope": {"user": "u"}}') = :'acme' AS narrower;
SELECT * FROM world.docs();
SELECT world.doc(100002);
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'y') = :'acme' AS bound;
SELECT * FROM world.docs();
SELECT world.doc(100003);
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT * FROM world.docs();
SELECT world.doc(100004);
ROLLBACK;
SELECT * FROM world.docs();

-- Only workers read.
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
\set query 'SELECT count(*) AS rows, count(DISTINCT tenant_id) AS tenants, count(*) FILTER (WHERE scope = \'{}\') AS wide, count(*) FILTER (WHERE scope ->> \'team\' <> \'x\') AS other, bool_and(reader <> pg_backend_pid()) AS by_workers FROM'
BEGIN;
SELECT tenancy.bind(:'x') = :'acme' AS bound;
:query (SELECT tenant_id, scope, world.reader() FROM doc OFFSET 0) s;
:query (SELECT tenant_id, scope, world.reader() FROM common OFFSET 0) s;
SELECT tenancy.bind(:'x', '{"scope": {"user": "u"}}') = :'acme' AS narrower;
:query (SELECT tenant_id, scope, world.reader() FROM doc OFFSET 0) s;
COMMIT;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
:query (SELECT tenant_id, scope, world.reader() FROM doc OFFSET 0) s;
:query (SELECT tenant_id, scope, world.reader() FROM common OFFSET 0) s;
COMMIT;
\i :suites/../fixtures/clear.sql
