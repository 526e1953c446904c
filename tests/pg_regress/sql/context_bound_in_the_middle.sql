-- Attack 21 further: bind and set_config called where SQL calls functions by itself: while planning, in triggers, at commit,
-- between the rows of a cursor, in a function that lies about being IMMUTABLE or PARALLEL SAFE. Always one tenant.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
SET client_min_messages = warning;
CREATE TABLE world.job (id int, credential text);
GRANT INSERT ON world.job TO regress_world_app;
CREATE FUNCTION world.bind_new() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM tenancy.bind(NEW.credential); RETURN NEW; END';
CREATE FUNCTION world.read_at_commit() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE INFO 'at commit: %', world.attempt('SELECT string_agg(body, '','') FROM world.note'); RETURN NEW; END $$;
CREATE TRIGGER bind_new BEFORE INSERT ON world.job FOR EACH ROW EXECUTE FUNCTION world.bind_new();
CREATE CONSTRAINT TRIGGER read_at_commit AFTER INSERT ON world.job DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION world.read_at_commit();
CREATE FUNCTION world.immutable_bind(credential text) RETURNS uuid LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN tenancy.bind(credential); END';
CREATE FUNCTION world.parallel_bind(credential text) RETURNS uuid LANGUAGE plpgsql PARALLEL SAFE AS 'BEGIN RETURN tenancy.bind(credential); END';
CREATE FUNCTION world.parallel_set(value text) RETURNS text LANGUAGE plpgsql PARALLEL SAFE AS $$ BEGIN RETURN set_config('tenancy.session', value, true); END $$;
CREATE FUNCTION world.parallel_unbind() RETURNS boolean LANGUAGE plpgsql PARALLEL SAFE AS 'BEGIN PERFORM tenancy.unbind(); RETURN true; END';
CREATE FUNCTION world.bind_deep(depth int, credential text) RETURNS uuid LANGUAGE plpgsql AS
    'BEGIN IF depth > 0 THEN RETURN world.bind_deep(depth - 1, credential); END IF; RETURN tenancy.bind(credential); END';
\c - regress_world_app
\set bind 'SELECT tenancy.bind(:\'acme_key\') = :\'acme\' AS bound;'

-- Triggers, and constraints checked at commit.
INSERT INTO world.job VALUES (1, :'acme_key');
BEGIN;
INSERT INTO world.job VALUES (1, :'acme_key');
SELECT count(*) FROM note;
COMMIT;
BEGIN;
INSERT INTO world.job VALUES (1, :'acme_key'), (2, :'globex_key');
ROLLBACK;
SELECT world.attempt('SELECT count(*) FROM world.note');

-- While planning.
SELECT body FROM note WHERE tenant_id = world.immutable_bind(:'acme_key') ORDER BY id;
BEGIN;
:bind
SELECT body FROM note WHERE tenant_id = world.immutable_bind(:'globex_key');
ROLLBACK;
BEGIN;
:bind
SELECT body FROM note WHERE id = 1 OR tenant_id = world.immutable_bind(:'globex_key');
ROLLBACK;

-- Between the rows of a cursor.
BEGIN;
DECLARE c CURSOR FOR SELECT tenancy.bind(credential) FROM (VALUES (:'acme_key'), (:'globex_key')) v (credential);
FETCH 1 FROM c;
SELECT count(*) FROM note;
FETCH 1 FROM c;
ROLLBACK;

-- In parallel workers, which may not change a setting.
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
BEGIN;
:bind
SAVEPOINT here;
SELECT body FROM note WHERE world.parallel_bind(:'acme_key') IS NOT NULL;
ROLLBACK TO here;
SELECT body FROM note WHERE world.parallel_bind(:'globex_key') IS NOT NULL;
ROLLBACK TO here;
SELECT body FROM note WHERE world.parallel_set(:'token_globex') IS NOT NULL;
ROLLBACK TO here;
SELECT body FROM note WHERE world.parallel_set('') IS NOT NULL;
ROLLBACK TO here;
SELECT body FROM note WHERE world.parallel_unbind();
ROLLBACK TO here;
SELECT count(*) FROM note;
ROLLBACK;
RESET ALL;

-- Very often, very deep, and in a failed transaction.
SELECT set_config('world.acme', :'acme_key', false) IS NOT NULL AS a \gset
BEGIN;
DO $$
BEGIN
    FOR n IN 1 .. 200 LOOP
        BEGIN
            PERFORM tenancy.bind(current_setting('world.acme'), jsonb_build_object('metadata', jsonb_build_object('a', repeat('m', 60000))));
            IF n % 2 = 0 THEN RAISE division_by_zero; END IF;
        EXCEPTION WHEN division_by_zero THEN
        END;
    END LOOP;
END $$;
SELECT count(*) FROM world.note;
COMMIT;
\set VERBOSITY terse
SELECT world.bind_deep(100000, :'acme_key');
SELECT world.bind_deep(20, :'acme_key') = :'acme' AS bound;
BEGIN;
SELECT 1 / 0;
SELECT tenancy.bind(:'acme_key');
SET LOCAL tenancy.session = :'token_acme';
COMMIT;
SELECT world.attempt('SELECT count(*) FROM world.note');
\i :suites/../fixtures/clear.sql
