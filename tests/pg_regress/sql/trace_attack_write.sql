-- Attack: writing traces of another's, changing or erasing them, and the functions that are for administrators.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\i :suites/../fixtures/traces.sql
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT tenancy.trace('decision', outcome => 'g', query => 'kept') AS g \gset
COMMIT;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.trace('decision', outcome => 'a', query => 'kept') AS a \gset
COMMIT;
\c - :SUPERUSER
SELECT * FROM world.seal();
SELECT world.name_traces();
SELECT format('%L', array_agg(s ORDER BY n)) AS attempts FROM (VALUES
    (1, 'INSERT INTO tenancy.decision_trace (trace_id, tenant_id, scope, recorded_at, kind, leaf, written_in, written_by) VALUES (gen_random_uuid(), tenancy.current_tenant(), ''{}'', now(), ''decision'', '''', 1, 1)'),
    (2, 'UPDATE tenancy.decision_trace SET outcome = ''x'''),
    (3, 'DELETE FROM tenancy.decision_trace'),
    (4, 'TRUNCATE tenancy.decision_trace'),
    (5, 'MERGE INTO tenancy.decision_trace d USING (VALUES (1)) v ON true WHEN MATCHED THEN DELETE'),
    (6, 'INSERT INTO tenancy.trace_log VALUES (tenancy.current_tenant(), 9, '''', '''', '''')'),
    (7, 'DELETE FROM tenancy.trace_checkpoint'),
    (8, 'UPDATE tenancy.trace_horizon SET snapshot = ''1:1:'''),
    (9, 'DELETE FROM tenancy.trace_key'),
    (10, 'INSERT INTO tenancy.trace_retention VALUES (tenancy.current_tenant(), NULL, ''0'')'),
    (11, 'ALTER TABLE tenancy.decision_trace DISABLE TRIGGER append_only'),
    (12, 'ALTER TABLE tenancy.decision_trace DISABLE ROW LEVEL SECURITY'),
    (13, 'DROP TRIGGER append_only ON tenancy.decision_trace'),
    (14, 'DROP POLICY tenancy_own ON tenancy.decision_trace'),
    (15, 'CREATE POLICY mine ON tenancy.decision_trace USING (true)'),
    (16, 'ALTER FUNCTION tenancy._append_only() RENAME TO nothing'),
    (17, 'CREATE TRIGGER mine BEFORE INSERT ON tenancy.decision_trace FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()'),
    (18, 'SET session_replication_role = replica'),
    (19, 'SELECT tenancy._append_only()'),
    (20, 'SELECT tenancy.seal()'),
    (21, 'SELECT tenancy.maintain()'),
    (22, 'SELECT tenancy.set_retention(''acme'', ''0'')'),
    (23, 'SELECT tenancy.redact_trace({g}::uuid)'),
    (24, 'SELECT tenancy.redact_trace({a}::uuid)'),
    (25, 'SELECT tenancy.redact_trace(''globex'', ''infinity'')'),
    (26, 'SELECT tenancy.redact_trace(''globex'', ''infinity'', dry_run => true)'),
    (27, 'SELECT tenancy.redact_trace(''acme'', ''infinity'', ''{decision}'')'),
    (28, 'SELECT tenancy.redact_trace(''00000000-0000-0000-0000-000000000000''::uuid)'),
    (29, 'SELECT tenancy.trace(''redaction'') IS NULL'),
    (30, 'SET tenancy.trace_recall = on'),
    (31, 'SET tenancy.seal_key_file = ''/tmp/x'''),
    (32, 'SELECT set_config(''tenancy.seal_key_file'', ''/tmp/x'', true)'),
    (33, 'COPY tenancy.decision_trace FROM STDIN'),
    (34, 'GRANT ALL ON tenancy.decision_trace TO regress_world_app'),
    (35, 'SET ROLE tenancy_admin'),
    (36, 'SELECT nextval(''tenancy.tenant_tenant_number_seq'')')
) a (n, s) \gset
CREATE PROCEDURE world.attack(credential text, statements text[], a uuid, g uuid) LANGUAGE plpgsql AS $$
DECLARE
    s text;
    n int := 0;
BEGIN
    FOREACH s IN ARRAY statements LOOP
        n := n + 1;
        IF credential <> '' THEN
            PERFORM tenancy.bind(credential);
        END IF;
        RAISE INFO '% %: %', n, left(s, 60), world.tried(replace(replace(s, '{g}', quote_literal(g)), '{a}', quote_literal(a)));
        ROLLBACK;
    END LOOP;
END $$;
\c - regress_world_app
-- With every capability of tenant acme: it may erase its own, and nothing else.
CALL world.attack(:'acme_boss', :attempts, :'a', :'g');
-- In a part of it.
CALL world.attack(:'acme_part', :attempts, :'a', :'g');
-- Without forget.
CALL world.attack(:'acme_key', :attempts, :'a', :'g');
-- Unbound.
CALL world.attack('', :attempts, :'a', :'g');
\c - regress_world_auditor
CALL world.attack('', :attempts, :'a', :'g');
\c - :SUPERUSER
SELECT outcome, query FROM tenancy.decision_trace WHERE kind NOT IN ('denial', 'redaction') ORDER BY outcome;
SELECT * FROM world.problems('acme');
SELECT * FROM world.problems('globex');
\i :suites/../fixtures/clear.sql
