-- Under the policy the tenant test is an index condition, for each type of tenant column: a query reads its tenant's rows, not all.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_plan_tenant_index_owner, regress_plan_tenant_index_app;
CREATE ROLE regress_plan_tenant_index_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_plan_tenant_index_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA plan_tenant_index AUTHORIZATION regress_plan_tenant_index_owner;
GRANT USAGE ON SCHEMA plan_tenant_index TO regress_plan_tenant_index_app;
SELECT tenancy.create_tenant('plan_tenant_index.acme') AS acme, tenancy.create_tenant('plan_tenant_index.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('plan_tenant_index.acme', 'test') \gset
SET ROLE regress_plan_tenant_index_owner;
CREATE TABLE plan_tenant_index.by_id (tenant_id uuid, id int, body text, PRIMARY KEY (tenant_id, id));
CREATE TABLE plan_tenant_index.by_slug (tenant_id text, id int, body text, PRIMARY KEY (tenant_id, id));
CREATE TABLE plan_tenant_index.by_number (tenant_id integer, id int, body text, PRIMARY KEY (tenant_id, id));
CREATE TABLE plan_tenant_index.by_big_number (tenant_id bigint, id int, body text, PRIMARY KEY (tenant_id, id));
CREATE TABLE plan_tenant_index.parted (tenant_id uuid, id int, body text, PRIMARY KEY (tenant_id, id)) PARTITION BY HASH (tenant_id);
CREATE TABLE plan_tenant_index.part_0 PARTITION OF plan_tenant_index.parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE plan_tenant_index.part_1 PARTITION OF plan_tenant_index.parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE plan_tenant_index.source AS SELECT CASE WHEN n % 100 = 0 THEN :'acme'::uuid ELSE gen_random_uuid() END AS tenant_id, n AS id, repeat('x', 100) AS body FROM generate_series(1, 10000) n;
INSERT INTO plan_tenant_index.by_id TABLE plan_tenant_index.source;
SELECT tenant_number AS acme_number FROM tenancy.tenant WHERE tenant_id = :'acme' \gset
INSERT INTO plan_tenant_index.by_slug SELECT CASE WHEN tenant_id = :'acme' THEN 'plan_tenant_index.acme' ELSE tenant_id::text END, id, body FROM plan_tenant_index.source;
INSERT INTO plan_tenant_index.by_number SELECT CASE WHEN tenant_id = :'acme' THEN :acme_number ELSE -id END, id, body FROM plan_tenant_index.source;
INSERT INTO plan_tenant_index.by_big_number SELECT CASE WHEN tenant_id = :'acme' THEN :acme_number ELSE -id END, id, body FROM plan_tenant_index.source;
INSERT INTO plan_tenant_index.parted TABLE plan_tenant_index.source;
SELECT tenancy.protect('plan_tenant_index.by_id');
SELECT tenancy.protect('plan_tenant_index.by_slug');
SELECT tenancy.protect('plan_tenant_index.by_number');
SELECT tenancy.protect('plan_tenant_index.by_big_number');
SELECT tenancy.protect('plan_tenant_index.parted');
GRANT SELECT ON ALL TABLES IN SCHEMA plan_tenant_index TO regress_plan_tenant_index_app;
ANALYZE plan_tenant_index.by_id, plan_tenant_index.by_slug, plan_tenant_index.by_number, plan_tenant_index.by_big_number, plan_tenant_index.parted;
-- The owner is not a tenant's session and may see plans; forced row security applies to it all the same.
SET tenancy.unbound = 'empty';
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT body FROM plan_tenant_index.by_id;
EXPLAIN (COSTS OFF) SELECT body FROM plan_tenant_index.by_slug;
EXPLAIN (COSTS OFF) SELECT body FROM plan_tenant_index.by_number;
EXPLAIN (COSTS OFF) SELECT body FROM plan_tenant_index.by_big_number;
EXPLAIN (COSTS OFF) SELECT body FROM plan_tenant_index.by_id WHERE id = 1;
EXPLAIN (COSTS OFF) SELECT body FROM plan_tenant_index.by_id WHERE body = 'x';
EXPLAIN (COSTS OFF) UPDATE plan_tenant_index.by_slug SET body = '' WHERE id = 1;
EXPLAIN (COSTS OFF) DELETE FROM plan_tenant_index.by_big_number WHERE id = 1;
EXPLAIN (COSTS OFF) SELECT a.body FROM plan_tenant_index.by_id a JOIN plan_tenant_index.by_slug b USING (id) WHERE a.id = 1;
RESET tenancy.unbound;
RESET ROLE;
-- Bound, the index's own count says how much was read: acme's rows and no others.
\c - regress_plan_tenant_index_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT count(body), min(id), max(id) FROM plan_tenant_index.by_id;
SELECT count(body) FROM plan_tenant_index.by_slug;
SELECT count(body) FROM plan_tenant_index.by_number;
SELECT count(body) FROM plan_tenant_index.by_big_number;
SELECT count(body) FROM plan_tenant_index.parted;
COMMIT;
-- Statistics are handed in when the session ends.
\c - :admin
DO $$
BEGIN
    FOR attempt IN 1..100 LOOP
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN (SELECT sum(seq_tup_read) + sum(idx_tup_fetch) FROM pg_stat_user_tables WHERE schemaname = 'plan_tenant_index' AND relname <> 'source') >= 500;
        PERFORM pg_sleep(0.1);
    END LOOP;
END $$;
SELECT relname, seq_tup_read, idx_tup_fetch FROM pg_stat_user_tables
WHERE schemaname = 'plan_tenant_index' AND relname LIKE 'by%' ORDER BY 1;
SELECT sum(seq_tup_read) AS seq_tup_read, sum(idx_tup_fetch) AS idx_tup_fetch FROM pg_stat_user_tables
WHERE schemaname = 'plan_tenant_index' AND relname LIKE 'part\_%';
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA plan_tenant_index CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'plan_tenant_index.%';
DROP ROLE regress_plan_tenant_index_owner, regress_plan_tenant_index_app;
