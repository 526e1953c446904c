-- A proof leaves rows, sequences, definitions and the session as they were, and holds no lock on tables; it leaves the
-- evidence, and a trace of it.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/proofs.sql
SET client_min_messages = error;
CREATE TABLE world.item (tenant_id uuid NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY, number serial, label text UNIQUE, PRIMARY KEY (tenant_id, id));
ALTER TABLE world.item DROP CONSTRAINT item_label_key;
CREATE TABLE world.journal (tenant_id uuid NOT NULL DEFAULT tenancy.current_tenant(), what text);
CREATE FUNCTION world.note_down() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO world.journal (what) VALUES (TG_OP); NOTIFY journal; RETURN NULL; END $$;
INSERT INTO world.item (tenant_id, label) VALUES (:'acme', 'a'), (:'acme', 'b'), (:'globex', 'c');
CREATE TRIGGER note_down AFTER INSERT OR UPDATE OR DELETE ON world.item FOR EACH ROW EXECUTE FUNCTION world.note_down();
ALTER TABLE world.item OWNER TO regress_world_owner;
ALTER TABLE world.journal OWNER TO regress_world_owner;
SELECT tenancy.protect('world.item'), tenancy.protect('world.journal') \g /dev/null
GRANT SELECT, INSERT, UPDATE, DELETE ON world.item, world.journal TO regress_world_app;
CREATE FUNCTION world.state() RETURNS text LANGUAGE sql AS $$
    SELECT md5(concat((SELECT string_agg(concat(i.ctid, i.xmin, i.xmax, i), ' ' ORDER BY i.ctid) FROM world.item i),
                      (SELECT string_agg(concat(i.ctid, i.xmin, i.xmax, i), ' ' ORDER BY i.ctid) FROM world.note i),
                      (SELECT count(*) FROM world.journal), (SELECT count(*) FROM tenancy.tenant), (SELECT count(*) FROM tenancy.api_key),
                      (SELECT string_agg(concat(s.sequencename, s.last_value), ' ' ORDER BY s.sequencename) FROM pg_sequences s WHERE s.schemaname = 'world'),
                      (SELECT string_agg(p::text, ' ' ORDER BY p.oid) FROM pg_policy p), (SELECT string_agg(c::text, ' ' ORDER BY c.oid) FROM pg_trigger c),
                      (SELECT string_agg(concat(s.name, s.setting), ' ' ORDER BY s.name) FROM pg_settings s),
                      current_user, session_user)) $$;
LISTEN journal;
SELECT world.state() AS before \gset
BEGIN;
SELECT run_id AS run, pairs > 0 AS ran FROM tenancy.prove('{world.item,world.journal,world.note}') \gset
SELECT DISTINCT relation::regclass, mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation::regclass::text ~ '^world';
SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype IN ('tuple', 'advisory');
COMMIT;
SELECT world.state() = :'before' AS as_before, :'ran' AS ran;
SELECT object, what, "with" ~ '^1 rows' AS one_row FROM world.answers(:'run') WHERE object = 'world.item';
UNLISTEN journal;
-- One that is ended halfway leaves nothing at all, the pretended tenant neither.
SELECT count(*) AS runs FROM tenancy.evidence_run \gset
CREATE FUNCTION world.sleep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$;
CREATE TRIGGER sleep AFTER UPDATE ON world.item FOR EACH ROW EXECUTE FUNCTION world.sleep();
SELECT world.state() AS before \gset
SET statement_timeout = '3s';
SELECT * FROM tenancy.prove('{world.item}');
RESET statement_timeout;
SELECT tenancy.current_tenant();
SELECT world.state() = :'before' AS as_before, count(*) = :runs AS no_evidence FROM tenancy.evidence_run;
SELECT tenancy.context();
-- In a transaction that has deferred work of its own, which is left alone.
ALTER TABLE world.item DISABLE TRIGGER sleep;
CREATE TABLE world.one (id int PRIMARY KEY);
CREATE TABLE world.other (one int REFERENCES world.one DEFERRABLE INITIALLY DEFERRED);
BEGIN;
INSERT INTO world.other VALUES (4711);
SELECT world.proof('world.note') AS run \gset
SELECT object, what, "with" ~ '^1 rows' AS one_row FROM world.answers(:'run');
-- But nothing can be compared then, and that is no proof.
SELECT check_id, severity, object, message FROM tenancy.evidence_finding WHERE run_id = :'run' AND check_id ~ '^probe|^non|^not_probed';
SELECT count(*) FROM world.other;
COMMIT;
\i :suites/../fixtures/clear.sql
