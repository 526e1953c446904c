-- With a defence taken away, the statement that it stood against is found by running it. In each of these the static
-- checks say so too; it is the probes that are looked at.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/proofs.sql
SET client_min_messages = error;
SET tenancy.guard = off;
-- Nothing is.
SELECT * FROM world.found('world.note');
-- Reading.
BEGIN;
DROP POLICY tenancy_select ON world.note;
SELECT check_id, object FROM world.found('world.note') WHERE check_id ~ '^probe|^non';
ROLLBACK;
BEGIN;
ALTER POLICY tenancy_select ON world.note USING (tenant_id = tenancy.current_tenant() OR true);
SELECT check_id, object FROM world.found('world.note') WHERE check_id ~ '^probe|^non';
ROLLBACK;
-- Rows of nobody.
BEGIN;
ALTER TABLE world.note DROP CONSTRAINT note_pkey, ALTER tenant_id DROP NOT NULL;
INSERT INTO world.note VALUES (NULL, 1, 'nobody''s');
ALTER POLICY tenancy_select ON world.note USING (tenant_id = tenancy.current_tenant() OR tenant_id IS NULL);
SELECT check_id, object FROM world.found('world.note') WHERE check_id ~ '^probe|^non';
ROLLBACK;
-- Making.
BEGIN;
DROP POLICY tenancy_insert ON world.note;
SELECT check_id, object FROM world.found('world.note') WHERE check_id ~ '^probe|^non';
ROLLBACK;
-- Also where something else refuses most of the time: a key to other rows, a trigger.
BEGIN;
DROP POLICY tenancy_insert ON world.note;
ALTER TABLE world.note ADD refers int, ADD FOREIGN KEY (tenant_id, refers) REFERENCES world.note;
UPDATE world.note SET refers = 1 WHERE tenant_id = :'acme';
UPDATE world.note SET id = id + 10 WHERE tenant_id = :'globex';
SELECT check_id, object FROM world.found('world.note') WHERE check_id ~ '^probe|^non';
ROLLBACK;
BEGIN;
DROP POLICY tenancy_insert ON world.note;
CREATE FUNCTION world.liar() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE insufficient_privilege USING MESSAGE = 'new row violates row-level security policy for table "note"'; END $$;
CREATE TRIGGER liar BEFORE INSERT ON world.note FOR EACH ROW EXECUTE FUNCTION world.liar();
SELECT check_id, object FROM world.found('world.note') WHERE check_id ~ '^probe|^non';
-- One that always fires hides it, and that is said: it does not count as a policy's.
ALTER TABLE world.note ENABLE ALWAYS TRIGGER liar;
SELECT world.proof('world.note') AS run \gset
SELECT verb, outcomes FROM world.outcomes(:'run') WHERE verb = 'insert';
SELECT l AS "limit" FROM jsonb_array_elements_text(world.report(:'run')->'coverage'->'limits') l WHERE l ~ '^Something';
-- So does one that swallows the row.
CREATE OR REPLACE FUNCTION world.liar() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
SELECT world.proof('world.note') AS run \gset
SELECT l AS "limit" FROM jsonb_array_elements_text(world.report(:'run')->'coverage'->'limits') l WHERE l ~ '^Something';
ROLLBACK;
-- Changing, removing, moving. A row that is not seen cannot be changed, nor made so.
BEGIN;
DROP POLICY tenancy_update ON world.note;
SELECT check_id, object FROM world.found('world.note') WHERE check_id ~ '^probe|^non';
DROP POLICY tenancy_select ON world.note;
SELECT check_id, object FROM world.found('world.note') WHERE check_id ~ '^probe|^non';
ROLLBACK;
BEGIN;
DROP POLICY tenancy_delete ON world.note;
DROP POLICY tenancy_select ON world.note;
SELECT check_id, object FROM world.found('world.note') WHERE check_id ~ '^probe|^non';
ROLLBACK;
BEGIN;
ALTER POLICY tenancy_update ON world.note WITH CHECK (true);
ALTER POLICY tenancy_select ON world.note USING (tenancy.current_tenant() IS NOT NULL);
SELECT check_id, object FROM world.found('world.note') WHERE check_id ~ '^probe|^non';
ROLLBACK;
-- All of it.
BEGIN;
ALTER TABLE world.note DISABLE ROW LEVEL SECURITY;
SELECT * FROM world.found('world.note');
SELECT * FROM world.outcomes(world.proof('world.note'));
ROLLBACK;
BEGIN;
ALTER TABLE world.note NO FORCE ROW LEVEL SECURITY, OWNER TO regress_world_app;
SELECT check_id, object FROM world.found('world.note') WHERE check_id ~ '^probe|^non';
ROLLBACK;
-- By a role that has privileges on columns only, where policies are as they should be, and what they call is not.
BEGIN;
REVOKE ALL ON world.note FROM regress_world_app;
GRANT SELECT (tenant_id), UPDATE (tenant_id, body), DELETE ON world.note TO regress_world_app;
SELECT verb, role, outcomes FROM world.outcomes(world.proof('world.note'));
CREATE OR REPLACE FUNCTION tenancy.whole_tenant(needs text) RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT '610be000-0000-4000-8000-000000000002'::uuid $$;
SELECT verb, role, outcomes FROM world.outcomes(world.proof('world.note'));
-- Where policies are not in order, it is not tried, as too much would be locked.
DROP POLICY tenancy_update ON world.note;
SELECT world.proof('world.note') AS run \gset
SELECT verb, outcomes FROM world.outcomes(:'run');
SELECT l AS "limit" FROM jsonb_array_elements_text(world.report(:'run')->'coverage'->'limits') l WHERE l ~ 'could not be tried';
ROLLBACK;
-- An operator of somebody's that comes before the server's answers for nothing.
BEGIN;
CREATE FUNCTION world.never(uuid, uuid) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false';
CREATE OPERATOR world.<> (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = world.never);
CREATE FUNCTION world.md5(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'same' $$;
ALTER ROLE regress_world_app SET search_path = world, pg_catalog;
DROP POLICY tenancy_select ON world.note;
SELECT check_id, object FROM world.found('world.note') WHERE check_id ~ '^probe|^non';
ROLLBACK;
-- With no tenant, no application or no table, nothing is proved.
BEGIN;
DELETE FROM tenancy.tenant WHERE tenant_number <> 0;
SELECT * FROM world.found('world.note');
SELECT DISTINCT message FROM tenancy.evidence_finding WHERE check_id = 'not_probed' AND object = 'database';
ROLLBACK;
BEGIN;
REVOKE ALL ON world.note FROM regress_world_app;
SELECT * FROM world.found('world.note');
SELECT DISTINCT message FROM tenancy.evidence_finding WHERE check_id = 'not_probed' AND object = 'database';
ROLLBACK;
BEGIN;
SELECT tenancy.unprotect('world.note');
SELECT run_id AS run, verdict FROM tenancy.prove(seed => 1) \gset
SELECT :'verdict' AS verdict, severity, object, message FROM tenancy.evidence_finding WHERE run_id = :'run' AND check_id = 'not_probed';
ROLLBACK;
\i :suites/../fixtures/clear.sql
