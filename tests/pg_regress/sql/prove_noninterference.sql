-- What a tenant's statements answer must not depend on another tenant's rows: with something that makes it depend, that is found.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/proofs.sql
SET client_min_messages = error;
SET tenancy.guard = off;
SELECT * FROM world.found('world.note');
-- A key without the tenant.
BEGIN;
UPDATE world.note SET id = id + 10 WHERE tenant_id = :'globex';
CREATE UNIQUE INDEX note_id ON world.note (id);
SELECT * FROM world.found('world.note');
ROLLBACK;
-- A view that reads as its owner, and one whose owner does not matter.
BEGIN;
CREATE VIEW world.everything AS SELECT * FROM world.note;
CREATE VIEW world.own WITH (security_invoker) AS SELECT * FROM world.note;
GRANT SELECT ON world.everything, world.own TO regress_world_app;
SELECT * FROM world.found('world.note') WHERE check_id ~ '^probe|^non';
ROLLBACK;
-- A trigger that answers by what everybody has.
BEGIN;
CREATE VIEW world.everything AS SELECT * FROM world.note;
GRANT SELECT, DELETE ON world.everything TO regress_world_app;
SAVEPOINT view;
CREATE FUNCTION world.tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE '% rows', (SELECT count(*) FROM world.everything); END $$;
CREATE TRIGGER tell BEFORE INSERT OR UPDATE ON world.note FOR EACH ROW EXECUTE FUNCTION world.tell();
SELECT world.proof('world.note') AS run \gset
SELECT object, split_part(message, ' ', 2) AS what FROM tenancy.evidence_finding WHERE run_id = :'run' AND check_id = 'noninterference' ORDER BY 1, 2;
ROLLBACK TO view;
-- A row that is removed with another tenant's.
CREATE FUNCTION world.remove() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    DELETE FROM world.everything e WHERE e.id = OLD.id; RETURN NULL; END $$;
CREATE TRIGGER remove AFTER DELETE ON world.note FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION world.remove();
SELECT world.proof('world.note') AS run \gset
SELECT regexp_replace(message, ' [0-9a-f]{12}', '', 'g') AS message FROM tenancy.evidence_finding WHERE run_id = :'run' AND message ~ '^when';
ROLLBACK;
-- Of rows that are shared, too.
BEGIN;
CREATE TABLE world.page (tenant_id uuid NOT NULL, id int);
INSERT INTO world.page VALUES (:'acme', 1), (:'globex', 2), ('00000000-0000-0000-0000-000000000000', 3);
ALTER TABLE world.page OWNER TO regress_world_owner;
SELECT tenancy.protect('world.page', shared => true);
GRANT SELECT, INSERT, UPDATE, DELETE ON world.page TO regress_world_app;
SELECT world.proof('world.page') AS run \gset
SELECT what, regexp_replace("without", '[0-9a-f]{12}$', 'DIGEST') AS answer, "without" = "with" AS alike FROM world.answers(:'run');
ALTER POLICY tenancy_select ON world.page USING (true);
SELECT check_id, object FROM world.found('world.page') WHERE check_id ~ '^probe|^non';
ROLLBACK;
-- The role has the table's privileges: that it lacks another says nothing of the policies, which is said.
BEGIN;
CREATE FUNCTION world.asked() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN true; END';
REVOKE EXECUTE ON FUNCTION world.asked() FROM PUBLIC;
CREATE POLICY own ON world.note AS RESTRICTIVE FOR SELECT USING (world.asked());
SELECT world.proof('world.note') AS run \gset
SELECT outcomes FROM world.outcomes(:'run') WHERE "table" = 'world.note' AND verb = 'read';
SELECT l AS "limit" FROM jsonb_array_elements_text(world.report(:'run')->'coverage'->'limits') l WHERE l ~ '^Something else';
ROLLBACK;
-- What differs from itself, and what is refused in both worlds, is no finding, and is said.
BEGIN;
CREATE VIEW world.clock WITH (security_invoker) AS SELECT *, clock_timestamp() FROM world.note;
GRANT SELECT ON world.clock TO regress_world_app;
CREATE FUNCTION world.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not %', OLD.body; END $$;
CREATE TRIGGER refuse BEFORE DELETE ON world.note FOR EACH ROW EXECUTE FUNCTION world.refuse();
SELECT world.proof('world.note') AS run \gset
SELECT check_id, object FROM tenancy.evidence_finding WHERE run_id = :'run' AND check_id ~ '^probe|^non';
SELECT l AS "limit" FROM jsonb_array_elements_text(world.report(:'run')->'coverage'->'limits') l WHERE l ~ '^What (rows|delete)';
-- What rows hold is not handed out with it.
SELECT what, regexp_replace("with", '[0-9a-f]{8}$', 'DIGEST') AS answer FROM world.answers(:'run') WHERE what = 'delete';
SELECT tenancy.evidence(:'run') ~ 'acme 1|globex 1' AS quotes_rows;
-- Nor can it be found by trying what has the digest.
SELECT world.proof('world.note') AS again \gset
SELECT count(*) AS the_same FROM world.answers(:'run') a JOIN world.answers(:'again') b USING (object, what, "with") WHERE what = 'delete';
-- Nor where it is raised with a code of constraints and privileges.
CREATE OR REPLACE FUNCTION world.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE 'not %', OLD.body USING ERRCODE = 'check_violation'; END $$;
CREATE FUNCTION world.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN EXECUTE format('SELECT %I', OLD.body); END $$;
CREATE TRIGGER fail BEFORE UPDATE ON world.note FOR EACH ROW EXECUTE FUNCTION world.fail();
SELECT world.proof('world.note') AS run \gset
SELECT what, regexp_replace("with", '[0-9a-f]{8}$', 'DIGEST') AS answer FROM world.answers(:'run') WHERE what IN ('delete', 'update');
SELECT tenancy.evidence(:'run') ~ 'acme 1|globex 1' AS quotes_rows;
ROLLBACK;
\i :suites/../fixtures/clear.sql
