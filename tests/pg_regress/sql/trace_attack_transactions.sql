-- Attack: savepoints, subtransactions, SECURITY DEFINER functions and errors caught, to write with another's identity or
-- to leave the record open to change.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\i :suites/../fixtures/traces.sql
GRANT CREATE ON SCHEMA world TO regress_world_admin;
\c - regress_world_admin
CREATE FUNCTION world.as_admin(statement text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ DECLARE r text; BEGIN EXECUTE statement INTO r; RETURN r; END $$;
\c - regress_world_app
-- Bound in a subtransaction that is taken back, the context goes too.
BEGIN;
SAVEPOINT s;
SELECT tenancy.bind(:'acme_part', '{"user_id": "eve"}') = :'acme' AS bound;
SELECT tenancy.trace('decision', outcome => 'gone') IS NOT NULL AS traced;
ROLLBACK TO s;
SELECT tenancy.trace('decision', outcome => 'after') IS NOT NULL AS traced;
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'acme_boss', '{"user_id": "ada"}') = :'acme' AS bound;
SAVEPOINT s;
SELECT tenancy.bind(:'acme_part') = :'acme' AS narrower;
SELECT tenancy.trace('decision', outcome => 'narrow') IS NOT NULL AS traced;
RELEASE s;
SELECT tenancy.trace('decision', outcome => 'still narrow') IS NOT NULL AS traced;
SAVEPOINT s;
SELECT tenancy.bind(:'acme_boss', '{"user_id": "eve"}');
ROLLBACK TO s;
SELECT tenancy.unbind();
SAVEPOINT s;
SELECT tenancy.trace('decision', outcome => 'unbound');
ROLLBACK TO s;
SELECT tenancy.bind(:'globex_boss');
COMMIT;
BEGIN;
SELECT tenancy.bind(:'acme_part', '{"user_id": "eve"}') = :'acme' AS bound;
SELECT tenancy.trace('decision', outcome => 'kept') IS NOT NULL AS traced;
COMMIT;
-- Errors inside, caught.
BEGIN;
SELECT tenancy.bind(:'acme_boss') = :'acme' AS bound;
DO $$
BEGIN
    PERFORM tenancy.trace('decision', outcome => 'caught 1');
    FOR n IN 1 .. 3 LOOP
        BEGIN
            PERFORM tenancy.trace('decision', outcome => 'lost');
            PERFORM tenancy.redact_trace('acme', 'infinity');
            RAISE division_by_zero;
        EXCEPTION WHEN division_by_zero THEN
            NULL;
        END;
    END LOOP;
    PERFORM tenancy.trace('decision', outcome => 'caught 2', query => 'q');
END $$;
COMMIT;
-- In a function of an administrator's, the bound context says what may be done, not the function's owner.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT world.as_admin('SELECT tenancy.trace(''decision'', outcome => ''by function'') IS NOT NULL');
SAVEPOINT s;
SELECT world.as_admin('SELECT tenancy.redact_trace(''globex'', ''infinity'')');
ROLLBACK TO s;
SELECT world.as_admin('SELECT count(*) FROM tenancy.export_trace(''globex'')');
ROLLBACK TO s;
COMMIT;
\c - :SUPERUSER
SELECT outcome, principal, user_id, scope, query FROM tenancy.decision_trace WHERE kind <> 'denial' ORDER BY outcome;
SELECT count(*) > 0 AS sealed FROM world.seal();
SELECT * FROM world.problems('acme');
-- What the extension opens for its own changes is closed again, whatever went wrong inside.
SELECT world.attempt('SELECT tenancy.redact_trace(''nobody'', ''infinity'')');
DELETE FROM tenancy.decision_trace;
BEGIN;
SAVEPOINT s;
SELECT tenancy.redact_trace('acme', 'infinity') > 0 AS erased;
DELETE FROM tenancy.decision_trace;
ROLLBACK TO s;
SELECT count(*) >= 0 AS sealed FROM world.seal();
UPDATE tenancy.trace_log SET root = NULL;
ROLLBACK;
-- An error in the middle of the erasure: a trigger of the superuser's own.
CREATE FUNCTION world.fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'in the middle'; END $$;
CREATE TRIGGER fails BEFORE UPDATE ON tenancy.decision_trace FOR EACH ROW EXECUTE FUNCTION world.fails();
SELECT world.attempt('SELECT tenancy.redact_trace(''acme'', ''infinity'')');
DROP TRIGGER fails ON tenancy.decision_trace;
DELETE FROM tenancy.decision_trace;
DO $$
BEGIN
    BEGIN
        PERFORM tenancy.redact_trace('acme', 'infinity');
        RAISE division_by_zero;
    EXCEPTION WHEN division_by_zero THEN
        DELETE FROM tenancy.decision_trace;
    END;
END $$;
\i :suites/../fixtures/clear.sql
