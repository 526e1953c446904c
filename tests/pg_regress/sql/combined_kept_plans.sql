-- Plans that a session keeps (PL/pgSQL, generic), across tenants, floors, grants that came and ended, shared rows, unbinding: none
-- remembers what it was made under.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.page (tenant_id uuid NOT NULL, scope tenancy.scope NOT NULL DEFAULT '{}', id int, PRIMARY KEY (tenant_id, id));
INSERT INTO world.page SELECT t::uuid, '{}', n FROM unnest(ARRAY[:'acme', :'globex', '00000000-0000-0000-0000-000000000000']) WITH ORDINALITY t (t, n);
ALTER TABLE world.page OWNER TO regress_world_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON world.page TO regress_world_app;
SELECT count(*) AS protected FROM tenancy.protect('world.page', scope_column => 'scope', shared => true);
CREATE FUNCTION world.pages() RETURNS int[] LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT array_agg(id ORDER BY id) FROM world.page); END $$;
CREATE FUNCTION world.notes() RETURNS text[] LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT array_agg(body ORDER BY body) FROM world.note); END $$;
CREATE FUNCTION world.change() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    UPDATE world.page SET id = id;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;
\set ask 'SELECT world.pages(), world.notes(), world.change();'
\c - regress_world_app
SET plan_cache_mode = force_generic_plan;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
:ask
:ask
COMMIT;
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
:ask
COMMIT;
SELECT world.attempt('SELECT world.pages()') AS unbound, world.attempt('SELECT world.change()') AS unbound_write;
-- A grant, which changes the policies; its end, which does not.
\! $ADMIN -c "SELECT tenancy.grant_read('globex', 'acme', 'world.page') IS NOT NULL, tenancy.grant_read('globex', 'acme', 'world.note') IS NOT NULL"
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
:ask
\! $ADMIN -c "SELECT count(*) FROM (SELECT tenancy.revoke_read(grant_id) FROM tenancy.read_grant WHERE revoked_at IS NULL) r"
:ask
SELECT tenancy.bind(:'acme_key', '{"scope": {"team": "x"}}') = :'acme' AS narrowed;
SELECT world.pages(), world.attempt('SELECT world.notes()') AS notes, world.change();
SELECT tenancy.unbind();
SELECT world.attempt('SELECT world.pages()') AS unbound;
COMMIT;
-- Empty where unbound, then bound again.
SET tenancy.unbound = 'empty';
:ask
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
:ask
COMMIT;
:ask
-- The protocol's own prepared statements, by psql.
RESET tenancy.unbound;
BEGIN;
SELECT tenancy.bind($1) = :'acme' AS bound \bind :acme_key \g
SELECT array_agg(id ORDER BY id) FROM page WHERE id < $1 \bind 100 \g
COMMIT;
SELECT array_agg(id ORDER BY id) FROM page WHERE id < $1 \bind 100 \g
\i :suites/../fixtures/clear.sql
