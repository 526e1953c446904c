-- Everything in the catalogs that the application can read is searched for what another tenant holds: values that are most common,
-- in keys, in expressions of indexes; a statement that runs; a transaction that is prepared.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE INDEX ON world.note (tenant_id, lower(body));
INSERT INTO world.note SELECT :'globex', n, 'zq7secret' FROM generate_series(100, 400) n;
CREATE STATISTICS world.both (mcv) ON tenant_id, body FROM world.note;
CREATE STATISTICS world.expression ON (upper(body)) FROM world.note;
ANALYZE world.note;
BEGIN;
UPDATE world.note SET body = 'zq7secret' WHERE tenant_id = :'globex' AND id = 1;
PREPARE TRANSACTION 'zq7secret';
CREATE FUNCTION world.search(catalog regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found bigint;
BEGIN
    -- What is searched for is put together, so that no statement of the search holds it.
    EXECUTE format('SELECT count(*) FROM %s c WHERE c::text ~* (''zq7'' || ''secret'')', catalog) INTO found;
    RETURN CASE found WHEN 0 THEN 'nothing' ELSE 'found' END;
EXCEPTION WHEN insufficient_privilege THEN RETURN 'refused';
    WHEN others THEN RETURN sqlstate;
END $$;
\setenv SECRET_STATEMENT 'BEGIN; SELECT tenancy.bind($$GLOBEX_KEY$$); SELECT pg_sleep(100), count(*) FROM note WHERE body = $$zq7secret$$'
\! PGAPPNAME=zq7secret $APP -c "$(echo "$SECRET_STATEMENT" | sed "s/GLOBEX_KEY/$GLOBEX_KEY/")" >/dev/null 2>&1 &
\! n=0; until [ "$($ADMIN -c "SELECT count(*) FROM pg_stat_activity WHERE query ~ 'pg_sleep.*zq7secret' AND pid <> pg_backend_pid() AND wait_event = 'PgSleep'")" = 1 ] || [ $n = 100 ]; do n=$((n + 1)); sleep 0.1; done
-- The control: a superuser finds it in several.
SELECT string_agg(c.relname, ' ' ORDER BY c.relname) AS control FROM pg_class c
WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relname IN ('pg_stats', 'pg_stat_activity', 'pg_prepared_xacts', 'pg_stats_ext', 'pg_stats_ext_exprs')
  AND world.search(c.oid) = 'found';
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT c.oid::regclass AS found_in FROM pg_class c
WHERE c.relkind IN ('r', 'v', 'm') AND c.relnamespace::regnamespace::text IN ('pg_catalog', 'information_schema', 'tenancy', 'world')
  AND world.search(c.oid) NOT IN ('nothing', 'refused') ORDER BY 1;
SELECT count(*) > 100 AS searched FROM pg_class c
WHERE c.relkind IN ('r', 'v', 'm') AND c.relnamespace::regnamespace::text IN ('pg_catalog', 'information_schema') AND world.search(c.oid) = 'nothing';
ROLLBACK;
-- Nor unbound.
SET tenancy.unbound = 'empty';
SELECT c.oid::regclass AS found_in FROM pg_class c
WHERE c.relkind IN ('r', 'v', 'm') AND c.relnamespace::regnamespace::text IN ('pg_catalog', 'information_schema', 'tenancy', 'world')
  AND world.search(c.oid) NOT IN ('nothing', 'refused') ORDER BY 1;
\c - :SUPERUSER
SELECT count(pg_terminate_backend(pid)) AS ended FROM pg_stat_activity WHERE query ~ 'pg_sleep.*zq7secret' AND pid <> pg_backend_pid();
ROLLBACK PREPARED 'zq7secret';
\i :suites/../fixtures/clear.sql
