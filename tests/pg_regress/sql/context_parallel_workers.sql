-- Attack 25: a parallel worker restores its leader's settings. A bound tenant must hold in it, and a left-over one must
-- not come alive there. The leader takes no part, so the workers answer.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.big (tenant_id uuid NOT NULL, id int, body text, scope tenancy.scope NOT NULL DEFAULT '{"team": "blue"}');
INSERT INTO world.big SELECT CASE n % 10 WHEN 0 THEN :'acme' ELSE :'globex' END::uuid, n, 'row ' || n FROM generate_series(1, 100000) n;
ALTER TABLE world.big OWNER TO regress_world_owner;
GRANT SELECT ON world.big TO regress_world_app;
SET client_min_messages = error;
SELECT FROM tenancy.protect('world.big', scope_column => 'scope');
RESET client_min_messages;
ANALYZE world.big;
-- Whether a row was read by a worker.
CREATE FUNCTION world.reader() RETURNS int LANGUAGE plpgsql STABLE PARALLEL SAFE AS 'BEGIN RETURN pg_backend_pid(); END';
CREATE TABLE world.plain AS SELECT n FROM generate_series(1, 1000) n;
GRANT SELECT ON world.plain TO regress_world_app;
\c - regress_world_app
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
-- The query under test says how many rows it saw, whose, and whether workers did it.
\set query 'SELECT count(*) AS rows, count(DISTINCT tenant_id) AS tenants, min(tenant_id::text) AS tenant, bool_and(reader <> pg_backend_pid()) AS by_workers FROM (SELECT tenant_id, world.reader() FROM world.big OFFSET 0) s;'

BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
:query
COMMIT;
BEGIN;
SET LOCAL tenancy.session = :'token_globex';
:query
COMMIT;
BEGIN READ ONLY;
SELECT tenancy.bind(:'token_acme') = :'acme' AS bound;
:query
COMMIT;
-- Unbound, workers answer like the leader.
:query
SET tenancy.unbound = 'empty';
:query
RESET tenancy.unbound;

-- A left-over token, and one that a savepoint took back.
SET tenancy.session = :'token_acme';
:query
SET tenancy.unbound = 'empty';
:query
RESET tenancy.unbound;
-- What is not the tenant's business still runs, left-over or not.
SELECT count(*), bool_and(reader <> pg_backend_pid()) AS by_workers FROM (SELECT world.reader() FROM world.plain OFFSET 0) s;
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
:query
COMMIT;
BEGIN;
SAVEPOINT here;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
ROLLBACK TO here;
:query
ROLLBACK;

-- A worker asked to bind: bind is not parallel safe, so it stays with the leader, and still refuses a second tenant.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT count(*) FROM world.big WHERE tenancy.bind(:'globex_key') IS NOT NULL;
ROLLBACK;
-- Accessors in workers give what they give in the leader.
BEGIN;
SELECT tenancy.bind(:'token_acme_rich', '{"metadata": {"a": 1}}') = :'acme' AS bound;
SELECT count(*), count(DISTINCT tenancy.context()) AS contexts, bool_and(tenancy.has_role('editor')) AS editor,
       min(tenancy.current_user_id()) AS user_id, bool_and(tenancy.current_scope() = '{"team": "blue"}') AS scope,
       min(tenancy.current_tenant_as(NULL::text)) AS slug, max(tenancy.current_tenant_as(0)) AS number
FROM world.big WHERE tenancy.has_claim('plan', 'gold');
COMMIT;

-- The server's own switch for it, named differently by version.
SELECT set_config(name, 'on', false) IS NOT NULL AS forced FROM pg_settings WHERE name IN ('debug_parallel_query', 'force_parallel_mode');
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT count(*), min(tenancy.current_tenant()::text) FROM world.big;
COMMIT;
SELECT count(*) FROM world.big;

-- A key revoked while workers read: the next statement fails in them too.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT count(*) FROM world.big;
\! $ADMIN -c "SELECT tenancy.revoke_key('$ACME_ID')"
SELECT count(*) FROM world.big;
ROLLBACK;
\i :suites/../fixtures/clear.sql
