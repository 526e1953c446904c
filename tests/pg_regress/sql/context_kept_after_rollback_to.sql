-- Attack 31: a context taken back by ROLLBACK TO, an exception block or a failed statement must be gone, and the
-- transaction still be that of its first tenant.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\c - regress_world_app

-- Bound inside a savepoint: ROLLBACK TO takes it back.
BEGIN;
SAVEPOINT before;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT count(*) FROM note;
ROLLBACK TO before;
SAVEPOINT unbound;
SELECT count(*) FROM note;
ROLLBACK TO unbound;
-- Another tenant, even so, needs a transaction of its own.
SELECT tenancy.bind(:'globex_key');
ROLLBACK TO unbound;
SET LOCAL tenancy.session = :'token_globex';
ROLLBACK TO unbound;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound_again;
SELECT count(*) FROM note;
COMMIT;

-- RELEASE keeps it, and so does a ROLLBACK TO that came after.
BEGIN;
SAVEPOINT a;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
RELEASE a;
SAVEPOINT b;
SELECT tenancy.unbind();
ROLLBACK TO b;
SELECT count(*) FROM note;
ROLLBACK;

-- Exception blocks are savepoints too.
SELECT set_config('world.acme', :'acme_key', false) IS NOT NULL AS a, set_config('world.globex', :'globex_key', false) IS NOT NULL AS g \gset
BEGIN;
DO $$
BEGIN
    BEGIN
        PERFORM tenancy.bind(current_setting('world.acme'));
        RAISE division_by_zero;
    EXCEPTION WHEN division_by_zero THEN
        RAISE INFO 'in the handler: %', world.attempt('SELECT count(*) FROM world.note');
    END;
    RAISE INFO 'another tenant after it: %', world.attempt('SELECT tenancy.bind(current_setting(''world.globex''))');
    RAISE INFO 'the same: %', world.attempt('SELECT tenancy.bind(current_setting(''world.acme''))');
    RAISE INFO 'rows: %', world.attempt('SELECT count(*) FROM world.note');
END $$;
COMMIT;

-- A failed statement of its own transaction leaves nothing.
SELECT tenancy.bind(:'acme_key'), 1 / 0;
SELECT world.attempt('SELECT count(*) FROM world.note');

-- A whole transaction rolled back leaves nothing, and the next may be of another tenant.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
ROLLBACK;
SELECT world.attempt('SELECT count(*) FROM world.note');
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT body FROM note ORDER BY id;
-- AND CHAIN begins another transaction.
COMMIT AND CHAIN;
SELECT world.attempt('SELECT count(*) FROM world.note');
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT count(*) FROM note;
ROLLBACK AND CHAIN;
SELECT world.attempt('SELECT count(*) FROM world.note');
ROLLBACK;
\i :suites/../fixtures/clear.sql
