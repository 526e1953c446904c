-- A proof of tables in which nothing is wrong: every statement is tried, and none is found; whatever the tables are made of.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/proofs.sql
SET client_min_messages = warning;
-- A column named as an alias may be, rows that have NULLs, a stamping trigger, a skipping one, one that counts.
CREATE TABLE world.x (tenant_id text NOT NULL, x int, "R""w" text, r jsonb, o float8[], PRIMARY KEY (tenant_id, x));
CREATE TABLE world.parent (tenant_id bigint NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (tenant_id, id));
CREATE TABLE world.child (tenant_id bigint NOT NULL, id serial, parent bigint, PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, parent) REFERENCES world.parent DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE world.part (tenant_id uuid NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE world.part_old PARTITION OF world.part FOR VALUES FROM (MINVALUE) TO ('2000-01-01');
CREATE TABLE world.stamped (tenant_id uuid NOT NULL, id int);
CREATE TABLE world.skipped (tenant_id uuid NOT NULL, id int);
CREATE TABLE world.scoped (tenant_id uuid NOT NULL, scope tenancy.scope NOT NULL, id int);
CREATE TABLE world.shared (tenant_id uuid NOT NULL, id int);
CREATE TABLE world.nothing (tenant_id uuid NOT NULL, id int NOT NULL);
CREATE FUNCTION world.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.tenant_id := tenancy.current_tenant(); RETURN NEW; END';
CREATE FUNCTION world.skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
INSERT INTO world.x VALUES ('acme', 1, E'"\\,)\n', '{"a": [1]}', '{0.1,NULL}'), ('acme', 2, NULL, NULL, NULL), ('globex', 1, '', NULL, NULL);
INSERT INTO world.parent (tenant_id) VALUES (900001), (900002);
INSERT INTO world.child (tenant_id, parent) SELECT tenant_id, id FROM world.parent;
INSERT INTO world.part VALUES (:'acme', '1999-01-01'), (:'globex', '1998-01-01');
INSERT INTO world.stamped VALUES (:'acme', 1), (:'acme', 2), (:'globex', 1);
INSERT INTO world.skipped TABLE world.stamped;
INSERT INTO world.shared TABLE world.stamped;
INSERT INTO world.shared VALUES ('00000000-0000-0000-0000-000000000000', 1);
INSERT INTO world.scoped VALUES (:'acme', '{"team": "x"}', 1), (:'globex', '{}', 1);
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON world.stamped FOR EACH ROW EXECUTE FUNCTION world.stamp();
CREATE TRIGGER skip BEFORE INSERT ON world.skipped FOR EACH ROW EXECUTE FUNCTION world.skip();
SELECT format('ALTER TABLE %s OWNER TO regress_world_owner', oid::regclass) FROM pg_class WHERE relnamespace = 'world'::regnamespace AND relkind IN ('r', 'p') ORDER BY relname \gexec
SELECT tenancy.protect(t) FROM unnest('{world.x,world.child,world.parent,world.part,world.stamped,world.skipped,world.nothing}'::regclass[]) t \g /dev/null
SELECT tenancy.protect('world.scoped', scope_column => 'scope'), tenancy.protect('world.shared', shared => true) \g /dev/null
SELECT tenancy.grant_read('acme', 'globex', 'world.shared') IS NOT NULL AS granted;
CREATE VIEW world.v WITH (security_invoker) AS SELECT * FROM world.stamped;
ALTER VIEW world.v OWNER TO regress_world_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA world TO regress_world_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA world TO regress_world_app;
SELECT world.proof('world.note', 'world.x', 'world.parent', 'world.child', 'world.part', 'world.stamped', 'world.skipped',
                   'world.scoped', 'world.shared', 'world.nothing') AS run \gset
SELECT check_id, message FROM tenancy.evidence_finding WHERE run_id = :'run' AND (object ~ '^world' OR check_id ~ '^(probe|noninterf|not_probed)');
SELECT * FROM world.outcomes(:'run');
SELECT object, what, "without" = "with" AS alike, regexp_replace("without", ' rows [0-9a-f]{12}', ' rows') AS answer FROM world.answers(:'run');
SELECT "table"->>'name' AS "table", (("table"->>'rows_seen')::int > 0) AS rows_seen FROM jsonb_array_elements(world.report(:'run')->'tables') "table";
-- Privileges on columns are among those of the table.
BEGIN;
GRANT SELECT (id), UPDATE (id) ON world.note TO regress_world_plain;
SELECT world.proof('world.note') AS granted \gset
SELECT privilege FROM jsonb_array_elements(world.report(:'granted')->'tables') t, jsonb_array_elements_text(t->'privileges') privilege
WHERE privilege ~ 'plain';
ROLLBACK;
-- Who has privileges on columns only is tried too, where a statement reads no more than the tenant; what is left is said.
CREATE TABLE world.narrow (tenant_id uuid NOT NULL, id int, body text);
CREATE TABLE world.blind (LIKE world.narrow);
INSERT INTO world.narrow VALUES (:'acme', 1, 'a'), (:'globex', 2, 'g');
CREATE TABLE world.beside (LIKE world.narrow);
INSERT INTO world.blind TABLE world.narrow;
SELECT tenancy.protect(t) FROM unnest('{world.narrow,world.blind,world.beside}'::regclass[]) t \g /dev/null
GRANT SELECT (tenant_id), UPDATE (body), DELETE ON world.narrow TO regress_world_app;
GRANT UPDATE (tenant_id), DELETE ON world.blind TO regress_world_app;
GRANT SELECT (id) ON world.beside TO regress_world_app;
SELECT world.proof('world.narrow', 'world.blind', 'world.beside') AS run \gset by_column_
SELECT * FROM world.outcomes(:'by_column_run') WHERE "table" <> 'world.beside';
SELECT p->>'statement' AS statement FROM jsonb_array_elements(world.report(:'by_column_run')->'probes') p
WHERE p->>'table' = 'world.narrow' AND p->>'role' IS NOT NULL;
SELECT l AS "limit" FROM jsonb_array_elements_text(world.report(:'by_column_run')->'coverage'->'limits') l WHERE l ~ 'could not be tried|has a privilege';
SELECT * FROM world.narrow, world.blind WHERE narrow = blind;
-- The same, whatever the session says of backslashes.
SET standard_conforming_strings = off;
SET escape_string_warning = off;
SELECT findings = (SELECT count(*) FROM tenancy.evidence_finding WHERE run_id = :'run') AS same
FROM tenancy.prove('{world.note,world.x,world.parent,world.child,world.part,world.stamped,world.skipped,world.scoped,world.shared,world.nothing}');
RESET standard_conforming_strings;
RESET escape_string_warning;
-- The forms of it.
SELECT format, length(tenancy.evidence(:'run', format)) > 1000 AS long FROM unnest('{json,html,oscal,tap}'::text[]) format;
SELECT tenancy.evidence(:'run')::jsonb->>'note' ~ '/evidence' AS signed;
\i :suites/../fixtures/clear.sql
