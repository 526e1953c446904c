-- On a scoped table the tenant's test stays an index condition, for each type of tenant column, also where rows are shared or
-- granted; the scope's test filters what the index finds.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
SET client_min_messages = warning;
GRANT tenancy_admin TO regress_world_owner;
CREATE TABLE world.source AS SELECT n AS id, CASE WHEN n % 100 = 0 THEN 900001 ELSE -n END AS number, jsonb_build_object('team', (n % 200)::text) AS scope FROM generate_series(1, 10000) n;
CREATE TABLE world.by_id (tenant_id uuid NOT NULL, id int, scope tenancy.scope NOT NULL, PRIMARY KEY (tenant_id, id));
CREATE TABLE world.by_slug (tenant_id text NOT NULL, id int, scope tenancy.scope NOT NULL, PRIMARY KEY (tenant_id, id));
CREATE TABLE world.by_number (tenant_id int NOT NULL, id int, scope tenancy.scope NOT NULL, PRIMARY KEY (tenant_id, id));
CREATE TABLE world.by_big_number (tenant_id bigint NOT NULL, id int, scope tenancy.scope NOT NULL, PRIMARY KEY (tenant_id, id));
INSERT INTO world.by_id SELECT CASE WHEN number > 0 THEN :'acme' ELSE gen_random_uuid() END, id, scope FROM world.source;
INSERT INTO world.by_slug SELECT CASE WHEN number > 0 THEN 'acme' ELSE number::text END, id, scope FROM world.source;
INSERT INTO world.by_number SELECT number, id, scope FROM world.source;
INSERT INTO world.by_big_number SELECT number, id, scope FROM world.source;
\set ECHO none
SELECT format('CREATE TABLE world.shared_%1$s (LIKE world.%1$s INCLUDING ALL); INSERT INTO world.shared_%1$s TABLE world.%1$s', t) FROM unnest('{by_id,by_slug,by_number,by_big_number}'::text[]) t \gexec
\set ECHO all
CREATE TABLE world.granted_by_id (LIKE world.by_id INCLUDING ALL);
CREATE TABLE world.unscoped (LIKE world.by_id INCLUDING ALL);
INSERT INTO world.granted_by_id TABLE world.by_id;
INSERT INTO world.unscoped TABLE world.by_id;
\set ECHO none
SELECT format('ALTER TABLE world.%I OWNER TO regress_world_owner', relname) FROM pg_class WHERE relnamespace = 'world'::regnamespace AND relname ~ 'by_|unscoped' AND relkind = 'r' ORDER BY relname \gexec
\set ECHO all
SELECT t, tenancy.protect(('world.' || t)::regclass, scope_column => 'scope') FROM unnest('{by_id,by_slug,by_number,by_big_number,granted_by_id}'::text[]) t;
SELECT t, tenancy.protect(('world.shared_' || t)::regclass, scope_column => 'scope', shared => true) FROM unnest('{by_id,by_slug,by_number,by_big_number}'::text[]) t;
SELECT tenancy.protect('world.unscoped', shared => true);
SELECT tenancy.grant_read('acme', 'globex', 'world.granted_by_id') IS NOT NULL AS granted;
ANALYZE;
GRANT SELECT ON ALL TABLES IN SCHEMA world TO regress_world_app;
-- The owner is not a tenant's session and may see plans; forced row security applies to it all the same.
SET ROLE regress_world_owner;
SET tenancy.unbound = 'empty';
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM world.by_id;
EXPLAIN (COSTS OFF) SELECT id FROM world.by_slug;
EXPLAIN (COSTS OFF) SELECT id FROM world.by_number;
EXPLAIN (COSTS OFF) SELECT id FROM world.by_big_number;
EXPLAIN (COSTS OFF) SELECT id FROM world.shared_by_id;
EXPLAIN (COSTS OFF) SELECT id FROM world.shared_by_slug;
EXPLAIN (COSTS OFF) SELECT id FROM world.shared_by_number;
EXPLAIN (COSTS OFF) SELECT id FROM world.shared_by_big_number;
EXPLAIN (COSTS OFF) SELECT id FROM world.granted_by_id;
EXPLAIN (COSTS OFF) SELECT id FROM world.unscoped;
EXPLAIN (COSTS OFF) SELECT id FROM world.by_id WHERE id = 100;
EXPLAIN (COSTS OFF) UPDATE world.by_id SET scope = '{}' WHERE id = 100;
EXPLAIN (COSTS OFF) UPDATE world.shared_by_slug SET scope = '{}' WHERE id = 100;
EXPLAIN (COSTS OFF) DELETE FROM world.by_number WHERE id = 100;
RESET ROLE;
-- Bound, the index's own count says how much was read: acme's 100 rows and no others, of which the floor shows 50.
SELECT secret AS key FROM tenancy.create_key('acme', 'x', scope_floor => '{"team": "100"}') \gset
\c - regress_world_app
SET enable_bitmapscan = off;
BEGIN;
SELECT tenancy.bind(:'key') = :'acme' AS bound;
SELECT (SELECT count(scope) FROM by_id) AS by_id, (SELECT count(scope) FROM by_slug) AS by_slug,
       (SELECT count(scope) FROM by_number) AS by_number, (SELECT count(scope) FROM by_big_number) AS by_big_number;
SELECT (SELECT count(scope) FROM shared_by_id) AS shared_by_id, (SELECT count(scope) FROM shared_by_slug) AS shared_by_slug,
       (SELECT count(scope) FROM shared_by_number) AS shared_by_number, (SELECT count(scope) FROM shared_by_big_number) AS shared_by_big_number,
       (SELECT count(scope) FROM granted_by_id) AS granted_by_id;
COMMIT;
\c - :SUPERUSER
DO $$
BEGIN
    FOR attempt IN 1..100 LOOP
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN (SELECT sum(idx_tup_fetch) FROM pg_stat_user_tables WHERE schemaname = 'world') >= 900;
        PERFORM pg_sleep(0.1);
    END LOOP;
END $$;
SELECT relname, idx_tup_fetch FROM pg_stat_user_tables WHERE schemaname = 'world' AND relname ~ 'by_' ORDER BY 1;
DELETE FROM tenancy.read_grant;
\i :suites/../fixtures/clear.sql
