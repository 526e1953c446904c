-- A parallel worker knows of the transaction's context only what it is handed: one that is wider than the transaction's
-- narrowest never gets to it, and one that narrows counts for the leader too.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\i :suites/../fixtures/sign.sql
CREATE TABLE world.doc (tenant_id uuid, id int, scope tenancy.scope, PRIMARY KEY (tenant_id, id));
INSERT INTO world.doc VALUES (:'acme', 1, '{}'), (:'acme', 2, '{"team": "red"}');
ALTER TABLE world.doc OWNER TO regress_world_owner;
GRANT SELECT ON world.doc TO regress_world_app;
SELECT tenancy.protect('world.doc', scope_column => 'scope');
CREATE FUNCTION world.ids() RETURNS int[] LANGUAGE sql STABLE PARALLEL SAFE SET work_mem = '4MB' AS 'SELECT array_agg(id ORDER BY id) FROM world.doc';
SELECT world.token(:'hs_secret', '{"tenancy_scope": {"team": "red"}}') AS red, world.token(:'hs_secret', '{"tenancy_scope": {"team": "blue"}}') AS blue,
       world.token(:'hs_secret', '{}') AS wide \gset
\c - regress_world_app
\set ON_ERROR_ROLLBACK on
-- The server's own switch for it, named differently by version.
\set forced 'SELECT set_config(name, ''on'', true) AS forced FROM pg_settings WHERE name IN (''debug_parallel_query'', ''force_parallel_mode'');'
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SAVEPOINT wide;
SELECT tenancy.bind(:'acme_key', '{"scope": {"team": "red"}}') = :'acme' AS bound;
SELECT world.ids();
ROLLBACK TO wide;
:forced
SELECT world.ids();
SELECT tenancy.context() -> 'scope' AS scope;
COMMIT;
BEGIN;
SELECT tenancy.bind(:'red') = :'acme' AS bound;
:forced
SELECT set_config('tenancy.session', :'wide', true) IS NULL AS set;
SELECT tenancy.context() -> 'scope' AS scope;
SELECT tenancy.has_capability('read'), world.ids();
COMMIT;
-- A narrower token that only a worker used narrows all the same.
BEGIN;
SELECT tenancy.bind(:'wide') = :'acme' AS bound;
:forced
SELECT set_config('tenancy.session', :'red', true) IS NULL AS set;
SELECT tenancy.context() -> 'scope' AS scope;
SELECT tenancy.bind(:'blue') = :'acme' AS bound;
COMMIT;
\i :suites/../fixtures/clear.sql
