-- Attack 26: a plan made under one tenant and kept must not carry its tenant to the next.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE FUNCTION world.notes() RETURNS TABLE (body text) LANGUAGE plpgsql STABLE AS 'BEGIN RETURN QUERY SELECT n.body FROM world.note n ORDER BY n.id; END';
CREATE FUNCTION world.note(wanted int) RETURNS text LANGUAGE sql STABLE AS 'SELECT body FROM world.note WHERE id = wanted';
CREATE FUNCTION world.notes_dynamic() RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'SELECT body FROM world.note ORDER BY id'; END $$;
CREATE FUNCTION world.insert_note(new_id int) RETURNS uuid LANGUAGE plpgsql AS
    $$ DECLARE t uuid; BEGIN INSERT INTO world.note (id, body) VALUES (new_id, 'new') RETURNING tenant_id INTO t; RETURN t; END $$;
-- Had anybody declared an accessor IMMUTABLE, the planner would fold it.
SELECT proname, provolatile, proparallel FROM pg_proc
WHERE pronamespace = 'tenancy'::regnamespace AND proname ~ '^(current_|has_|context|bind|unbind)' ORDER BY 1, 2;
\c - regress_world_app
\set ask 'SELECT (SELECT string_agg(body, \',\') FROM world.notes()) AS notes, world.note(1), (SELECT string_agg(n, \',\') FROM world.notes_dynamic() n) AS dynamic;'
SET plan_cache_mode = force_generic_plan;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
:ask
SELECT world.insert_note(77) = :'acme' AS stamped;
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'token_globex') = :'globex' AS bound;
:ask
SELECT world.insert_note(77) = :'globex' AS stamped;
ROLLBACK;
:ask
SET tenancy.unbound = 'empty';
:ask
RESET tenancy.unbound;
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT tenancy.unbind();
:ask
ROLLBACK;

-- Six runs, so that with the automatic mode a generic plan takes over; then another tenant.
SET plan_cache_mode = auto;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT n, world.note(1) FROM generate_series(1, 7) n;
COMMIT;
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT n, world.note(1) FROM generate_series(1, 7) n;
COMMIT;

-- Extended protocol, as drivers speak it.
SET plan_cache_mode = force_generic_plan;
BEGIN;
SELECT tenancy.bind($1) = $2 AS bound \bind :acme_key :acme \g
SELECT body FROM note WHERE id = $1 \bind 1 \g
SELECT body FROM note WHERE tenant_id = $1 \bind :globex \g
COMMIT;
BEGIN;
SELECT tenancy.bind($1) = $2 AS bound \bind :token_globex :globex \g
SELECT body FROM note WHERE id = $1 \bind 1 \g
SELECT body FROM note WHERE tenant_id = $1 \bind :acme \g
COMMIT;
SELECT body FROM note WHERE id = $1 \bind 1 \g
-- In one implicit transaction with autocommit, a bind ends with its own statement.
SELECT tenancy.bind($1) = $2 AS bound \bind :acme_key :acme \g
SELECT body FROM note WHERE id = $1 \bind 1 \g
-- A statement sent as several is one implicit transaction.
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound\; SELECT count(*) FROM note\; SELECT tenancy.bind(:'globex_key');
\i :suites/../fixtures/clear.sql
