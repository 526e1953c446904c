-- Attack 32: COMMIT and ROLLBACK inside a procedure or DO block begin a new transaction: unbound, and free for another.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE PROCEDURE world.walk(first text, second text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tenancy.bind(first);
    RAISE INFO 'first: %', world.attempt('SELECT string_agg(body, '','' ORDER BY id) FROM world.note');
    COMMIT;
    RAISE INFO 'after COMMIT: %', world.attempt('SELECT string_agg(body, '','' ORDER BY id) FROM world.note');
    PERFORM tenancy.bind(second);
    RAISE INFO 'second: %', world.attempt('SELECT string_agg(body, '','' ORDER BY id) FROM world.note');
    ROLLBACK;
    RAISE INFO 'after ROLLBACK: %', world.attempt('SELECT string_agg(body, '','' ORDER BY id) FROM world.note');
END $$;
\c - regress_world_app
CALL world.walk(:'acme_key', :'globex_key');
CALL world.walk(:'token_globex', :'acme_key');
-- A caller's transaction is one: the procedure cannot end it.
BEGIN;
CALL world.walk(:'acme_key', :'globex_key');
ROLLBACK;
-- COMMIT AND CHAIN, and a session-level setting, in a DO block.
SELECT set_config('world.token', :'token_acme', false) IS NOT NULL AS t \gset
DO $$
BEGIN
    PERFORM set_config('tenancy.session', current_setting('world.token'), false);
    RAISE INFO 'set: %', world.attempt('SELECT count(*) FROM world.note');
    COMMIT AND CHAIN;
    RAISE INFO 'chained: %', world.attempt('SELECT count(*) FROM world.note');
    PERFORM set_config('tenancy.session', current_setting('world.token'), true);
    RAISE INFO 'set again: %', world.attempt('SELECT count(*) FROM world.note');
    ROLLBACK AND CHAIN;
    RAISE INFO 'rolled back: %', world.attempt('SELECT count(*) FROM world.note');
END $$;
SELECT world.attempt('SELECT count(*) FROM world.note');
-- What an accessor gave stays what it was, however long a procedure keeps it: CALL doesn't copy its arguments.
\c - :SUPERUSER
CREATE PROCEDURE world.keep(slug text, id uuid, next text) LANGUAGE plpgsql AS $$
BEGIN
    RAISE INFO 'given: % %', slug, id;
    COMMIT;
    PERFORM tenancy.bind(next);
    RAISE INFO 'bound: % %, kept: % %', tenancy.current_tenant_as(NULL::text), tenancy.current_tenant(), slug, id;
    COMMIT;
    RAISE INFO 'unbound, kept: % %', slug, id;
END $$;
\c - regress_world_app
CALL world.keep(CASE WHEN tenancy.bind(:'acme_key') IS NOT NULL THEN tenancy.current_tenant_as(NULL::text) END, tenancy.current_tenant(), :'globex_key');
-- A SECURITY DEFINER procedure or one with a SET clause cannot COMMIT: Postgres refuses.
\c - :SUPERUSER
CREATE PROCEDURE world.set_clause() LANGUAGE plpgsql SET search_path = world AS 'BEGIN COMMIT; END';
\c - regress_world_app
CALL world.set_clause();
\i :suites/../fixtures/clear.sql
