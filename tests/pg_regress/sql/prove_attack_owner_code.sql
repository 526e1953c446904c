-- A proof is made by a superuser or an auditor, and runs code of the tables' owners: triggers, views, defaults. It gets no
-- further there than in a tenant's session, finds no credential, and leaves nothing behind.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/proofs.sql
\set ECHO none
SELECT secret FROM tenancy.create_key('globex', 'test', '{read,write,key:delegate}') \gset
SELECT format('ALTER DATABASE %I RESET tenancy.record_denials', current_database()) \gexec
RESET tenancy.record_denials;
\set ECHO all
SET client_min_messages = error;
CREATE ROLE regress_world_auditor LOGIN IN ROLE tenancy_auditor;
SELECT tenancy.set_budget('acme', 'requests', 100, 'day');
-- What an owner's own code may call, it tries.
GRANT USAGE ON SCHEMA tenancy TO regress_world_owner;
DO $$ BEGIN
    EXECUTE (SELECT string_agg(format('GRANT EXECUTE ON FUNCTION %s TO regress_world_owner', p.oid::regprocedure), ';')
             FROM pg_proc p WHERE p.pronamespace = 'tenancy'::regnamespace
               AND (has_function_privilege('tenancy_app', p.oid, 'EXECUTE') OR p.proname = 'prove'));
END $$;
SET ROLE regress_world_owner;
CREATE TABLE world.attempt (n int GENERATED ALWAYS AS IDENTITY, sql text);
INSERT INTO world.attempt (sql) VALUES
    ('RESET ROLE'), ('SET ROLE regress_world_admin'), ('SET SESSION AUTHORIZATION DEFAULT'), ('DISCARD ALL'),
    ('CREATE TEMP TABLE leftover (n int)'), ('PREPARE leftover AS SELECT 1'), ('LISTEN leftover'),
    ('DECLARE leftover CURSOR WITH HOLD FOR SELECT 1'), ('EXPLAIN SELECT * FROM world.doc'),
    ('ALTER TABLE world.doc DISABLE ROW LEVEL SECURITY'), ('CREATE TABLE world.leftover (n int)'),
    ('SELECT pg_advisory_lock(1909)'), ('SELECT lo_create(0)'), ('SET LOCAL session_replication_role = replica'),
    ('COPY world.doc TO PROGRAM ''true'''), ('COMMIT'), ('SELECT set_config(''search_path'', ''leftover'', false)'),
    (format('SELECT tenancy.bind(%L)', :'secret')), ('SELECT tenancy.trace(''decision'')'),
    ('SELECT tenancy.reserve(''requests'', 1)'), ('SELECT tenancy.delegate_key(''more'')'), ('SELECT tenancy.prove()'),
    ('SELECT tenancy.seal()'), ('SELECT * FROM tenancy.evidence_run'), ('SELECT * FROM tenancy.api_key'),
    ('INSERT INTO tenancy.evidence_finding SELECT');
GRANT SELECT ON world.attempt TO regress_world_app;
CREATE TABLE world.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
CREATE TABLE world.definer_doc (LIKE world.doc INCLUDING ALL);
-- It tells us what came of each, in the first of the two worlds; what it raises is not handed out.
CREATE SEQUENCE world.said;
GRANT USAGE ON SEQUENCE world.said TO regress_world_app;
CREATE FUNCTION world.attack() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    attempt text;
    answers text := '';
BEGIN
    FOR attempt IN SELECT a.sql FROM world.attempt a ORDER BY a.n LOOP
        BEGIN
            EXECUTE attempt;
            answers := answers || E'\n  done  ' || attempt;
        EXCEPTION WHEN OTHERS THEN
            answers := answers || E'\n  ' || SQLSTATE || ' ' || regexp_replace(attempt, 'tk_\w+', 'KEY');
        END;
    END LOOP;
    answers := format('%s: %s, tenant bound: %s, rows of others: %s%s', TG_RELID::regclass, current_user,
        tenancy.current_tenant() IS NOT NULL,
        (SELECT count(*) FROM world.doc WHERE tenant_id <> tenancy.current_tenant()), answers);
    IF (nextval('world.said') - 1) % 4 < 2 THEN
        RAISE INFO '%', answers;
    END IF;
    RAISE check_violation USING message = answers;
END $$;
CREATE FUNCTION world.attack_as_owner() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END';
SELECT format('CREATE OR REPLACE FUNCTION world.attack_as_owner() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS %L',
              prosrc) FROM pg_proc WHERE oid = 'world.attack'::regproc \gexec
INSERT INTO world.doc VALUES (:'acme', 1, 'a'), (:'acme', 2, 'b'), (:'globex', 1, 'c');
INSERT INTO world.definer_doc TABLE world.doc;
CREATE TRIGGER attack BEFORE UPDATE ON world.doc FOR EACH ROW EXECUTE FUNCTION world.attack();
CREATE TRIGGER attack BEFORE UPDATE ON world.definer_doc FOR EACH ROW EXECUTE FUNCTION world.attack_as_owner();
RESET ROLE;
SELECT tenancy.protect('world.doc'), tenancy.protect('world.definer_doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON world.doc, world.definer_doc TO regress_world_app;

-- Made by a superuser, and by an auditor, whose session is not exempt and could bind.
CREATE PROCEDURE world.prove() LANGUAGE plpgsql AS $$
DECLARE
    run uuid;
    answer record;
BEGIN
    SELECT p.run_id INTO run FROM tenancy.prove('{world.doc,world.definer_doc}') p;
    FOR answer IN SELECT c->>'object' AS object, c->>'with' AS text
                  FROM jsonb_array_elements(tenancy.evidence(run)::jsonb->'report'->'comparisons') c
                  WHERE c->>'what' = 'update' ORDER BY 1 LOOP
        RAISE INFO '%: %', answer.object, regexp_replace(answer.text, '[0-9a-f]{8}$', 'DIGEST');
    END LOOP;
    RAISE INFO 'findings: %', (SELECT count(*) FROM tenancy.evidence_finding f
                               WHERE f.run_id = run AND f.check_id ~ '^probe|^noninterference|^not_probed');
END $$;
CALL world.prove();
\c - regress_world_auditor
SET client_min_messages = error;
CALL world.prove();
-- Nothing is left in the session.
SELECT locktype, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory';
SELECT name FROM pg_cursors UNION ALL SELECT name FROM pg_prepared_statements UNION ALL SELECT pg_listening_channels();
SELECT current_user, current_setting('search_path') AS search_path, current_setting('session_replication_role') AS replication,
       current_setting('lock_timeout') AS lock_timeout, current_setting('tenancy.session') AS session;
\c - :SUPERUSER
SET client_min_messages = error;
-- Nothing was spent, and no denial recorded.
SELECT metric, used FROM tenancy.budget_status;
SELECT count(*) FROM tenancy.decision_trace t WHERE t.tenant_id IN (:'acme', :'globex') OR t.kind = 'denial';
\i :suites/../fixtures/clear.sql
