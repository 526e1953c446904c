-- A superuser takes the triggers away and changes things behind the log's back: verify_trace says which.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\i :suites/../fixtures/traces.sql
-- What verify_trace says of both tenants after statements that are taken back then. In their text, {a1} is
-- the id of that trace, {acme} that of the tenant.
CREATE FUNCTION world.tampered(statements text[]) RETURNS TABLE (tenant text, trace text, problem text) LANGUAGE plpgsql AS $$
DECLARE
    statement text;
    n record;
    found jsonb;
BEGIN
    BEGIN
        FOR n IN SELECT tgrelid::regclass AS name FROM pg_trigger WHERE tgname = 'append_only' LOOP
            EXECUTE format('ALTER TABLE %s DISABLE TRIGGER append_only', n.name);
        END LOOP;
        FOR n IN SELECT conrelid::regclass AS name, conname FROM pg_constraint JOIN pg_trigger ON tgrelid = conrelid WHERE tgname = 'append_only' AND contype = 'c' LOOP
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', n.name, n.conname);
        END LOOP;
        FOREACH statement IN ARRAY statements LOOP
            FOR n IN SELECT * FROM (SELECT * FROM world.named UNION ALL SELECT tenant_id, slug FROM tenancy.tenant) k WHERE position('{' || k.name || '}' IN statement) > 0 LOOP
                statement := replace(statement, '{' || n.name || '}', quote_literal(n.trace_id) || '::uuid');
            END LOOP;
            EXECUTE statement;
        END LOOP;
        SELECT jsonb_agg(p ORDER BY p.tenant, p.trace, p.problem) INTO found
        FROM (SELECT 'acme' AS tenant, * FROM world.problems('acme') UNION ALL SELECT 'globex', * FROM world.problems('globex')) p;
        RAISE EXCEPTION 'back' USING ERRCODE = 'TT000';
    EXCEPTION WHEN SQLSTATE 'TT000' THEN
        RETURN QUERY SELECT p.* FROM jsonb_to_recordset(coalesce(found, '[{"problem": "NOT NOTICED"}]')) p (tenant text, trace text, problem text);
    END;
END $$;
-- The leaf that a row ought to have, which anybody can compute.
CREATE FUNCTION world.right_leaf(trace uuid) RETURNS bytea LANGUAGE sql AS $$
    SELECT sha256('\x00' || convert_to(regexp_replace(line, ',"leaf":"[0-9a-f]{64}".*$', '}'), 'UTF8'))
    FROM tenancy.decision_trace d, tenancy.export_trace(d.tenant_id::text) e (line) WHERE d.trace_id = trace AND line LIKE '%"trace_id":"' || trace || '"%'
$$;
CREATE FUNCTION world.set_leaf(trace uuid) RETURNS void LANGUAGE sql AS $$
    UPDATE tenancy.decision_trace SET leaf = world.right_leaf(trace) WHERE trace_id = trace
$$;
-- The log with one leaf in place of another.
CREATE FUNCTION world.set_log(trace uuid, new bytea) RETURNS void LANGUAGE sql AS $$
    UPDATE tenancy.trace_log SET leaves = overlay(leaves PLACING new FROM position(uuid_send(trace) IN traces) / 16 * 32 + 1) WHERE position(uuid_send(trace) IN traces) > 0
$$;
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_part', '{"user_id": "ada", "correlation_id": "request 7"}') = :'acme' AS bound;
SELECT tenancy.trace('llm_call', 'gpt', 'search', 10, 20, 0.5, 12.5, 'fast', 'full', 'Who?', '[1]', '{"a": 1}', 'session', 3,
                     '00000000-0000-0000-0000-000000000009', '4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7') IS NOT NULL AS traced;
COMMIT;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT count(tenancy.trace('decision', outcome => 'a' || n, query => CASE WHEN n % 2 = 0 THEN 'payload' END)) FROM generate_series(1, 300) n;
COMMIT;
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT count(tenancy.trace('decision', outcome => 'g' || n)) FROM generate_series(1, 3) n;
COMMIT;
\c - :SUPERUSER
SELECT * FROM world.seal();
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_boss') = :'acme' AS bound;
SELECT count(tenancy.trace('decision', outcome => 'b' || n, query => 'payload')) FROM generate_series(1, 3) n;
COMMIT;
\c - :SUPERUSER
SELECT world.name_traces();
SELECT tenancy.redact_trace(world.trace('a2'));
SELECT world.name_traces();
UPDATE world.named SET name = 'erasure of a2' WHERE name = 'redaction';
SELECT tenancy.redact_trace('acme', (SELECT recorded_at FROM tenancy.decision_trace WHERE outcome = 'a10'), '{decision}');
SELECT world.name_traces();
UPDATE world.named SET name = 'erasure of a4 to a8' WHERE name = 'redaction';
SELECT * FROM world.seal();
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.trace('decision', outcome => 'unsealed', query => 'payload') IS NOT NULL AS traced;
COMMIT;
\c - :SUPERUSER
SELECT world.name_traces();
\pset format unaligned
\pset tuples_only on
-- Nothing was changed.
SELECT * FROM world.tampered('{}');
-- With the triggers in place a superuser changes nothing either.
UPDATE tenancy.decision_trace SET outcome = 'x' WHERE false;
DELETE FROM tenancy.trace_log;
DELETE FROM tenancy.trace_checkpoint;
TRUNCATE tenancy.decision_trace;
SET session_replication_role = replica;
DELETE FROM tenancy.decision_trace;
DELETE FROM tenancy.trace_log;
DELETE FROM tenancy.trace_checkpoint;
RESET session_replication_role;
-- Each column.
SELECT s.change, t.* FROM unnest(ARRAY[
    'scope = ''{}''', 'recorded_at = recorded_at + ''1 microsecond''', 'recorded_at = ''infinity''', 'recorded_at = ''1969-01-01''', 'kind = ''tool_call''',
    'principal = ''x''', 'key_id = gen_random_uuid()', 'user_id = NULL', 'on_behalf_of = ''x''', 'correlation_id = ''''', 'session_id = ''x''', 'turn = 4', 'turn = 9223372036854775807',
    'parent_id = NULL', 'otel_trace_id = NULL', 'otel_span_id = ''00f067aa0ba902b8''', 'model = ''GPT''', 'tool = NULL', 'input_tokens = 9', 'output_tokens = -20',
    'cost_usd = 0.4', 'cost_usd = ''NaN''', 'duration_ms = 12.500000000000002', 'duration_ms = ''NaN''', 'tier = ''slow''', 'outcome = ''fine''',
    'query = ''who?''', 'query = NULL', 'sources = ''[1, 2]''', 'sources = NULL', 'detail = ''{"a": "1"}''', 'query = NULL, sources = NULL, detail = NULL', 'query = NULL, sources = NULL, detail = NULL, payload_salt = NULL',
    'payload_salt = sha256(payload_salt)', 'payload_salt = substr(sha256(payload_salt), 1, 16)', 'payload_salt = NULL', 'payload_digest = sha256(payload_digest)', 'payload_digest = ''''', 'payload_digest = NULL',
    'redaction_id = {erasure of a2}', 'leaf = sha256(leaf)', 'leaf = ''''',
    'trace_id = gen_random_uuid()', 'written_in = 1::bigint << 40',
    -- These say nothing of what was done, or are the same values.
    'written_in = -1', 'written_by = 1', 'cost_usd = 0.50', 'scope = ''{"team":   "x"}'''
]) WITH ORDINALITY s (change, n), world.tampered(ARRAY['UPDATE tenancy.decision_trace SET ' || s.change || ' WHERE trace_id = {full}']) t ORDER BY n, t;
-- Rows, log and checkpoints.
SELECT s.change, t.* FROM (VALUES
    (1, 'row moved to another tenant', ARRAY['UPDATE tenancy.decision_trace SET tenant_id = {globex} WHERE trace_id = {a1}']),
    (2, 'row moved with a right leaf', ARRAY['UPDATE tenancy.decision_trace SET tenant_id = {globex} WHERE trace_id = {a1}', 'SELECT world.set_leaf({a1})']),
    (3, 'row changed with a right leaf', ARRAY['UPDATE tenancy.decision_trace SET user_id = ''eve'' WHERE trace_id = {a1}', 'SELECT world.set_leaf({a1})']),
    (4, 'row, leaf and log changed', ARRAY['UPDATE tenancy.decision_trace SET user_id = ''eve'' WHERE trace_id = {a1}', 'SELECT world.set_leaf({a1})', 'SELECT world.set_log({a1}, world.right_leaf({a1}))']),
    (5, 'row removed', ARRAY['DELETE FROM tenancy.decision_trace WHERE trace_id = {a7}']),
    (6, 'all rows removed of a tenant', ARRAY['DELETE FROM tenancy.decision_trace WHERE tenant_id = {globex}']),
    -- What no log has yet can go without a trace.
    (7, 'row removed after the last seal', ARRAY['DELETE FROM tenancy.decision_trace WHERE trace_id = {unsealed}']),
    (8, 'row changed before it is sealed', ARRAY['UPDATE tenancy.decision_trace SET user_id = ''eve'' WHERE trace_id = {unsealed}']),
    (9, 'payload changed before it is sealed', ARRAY['UPDATE tenancy.decision_trace SET query = ''x'' WHERE trace_id = {unsealed}'])
) s (n, change, statements), world.tampered(s.statements) t ORDER BY s.n, t;
-- Rows inserted.
CREATE FUNCTION world.plant(name text, leaf text, written_in text, written_by text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    id uuid := gen_random_uuid();
BEGIN
    EXECUTE format('INSERT INTO tenancy.decision_trace (trace_id, tenant_id, scope, recorded_at, kind, principal, outcome, leaf, written_in, written_by)
                    SELECT %L, tenant_id, scope, recorded_at, kind, principal, %L, leaf, %s, %s FROM tenancy.decision_trace WHERE outcome = ''a1''', id, name, written_in, written_by);
    INSERT INTO world.named VALUES (id, name);
    IF leaf = 'right' THEN
        PERFORM world.set_leaf(id);
    END IF;
END $$;
SELECT s.change, t.* FROM (VALUES
    (1, 'wrong leaf', ARRAY['SELECT world.plant(''new'', ''wrong'', ''written_in'', ''written_by'')']),
    (2, 'right leaf', ARRAY['SELECT world.plant(''new'', ''right'', ''written_in'', ''written_by'')']),
    (3, 'right leaf, first of transactions', ARRAY['SELECT world.plant(''new'', ''right'', ''3'', ''written_by'')']),
    (4, 'right leaf, no transaction', ARRAY['SELECT world.plant(''new'', ''right'', ''-1'', ''written_by'')']),
    (5, 'right leaf, transaction that never was', ARRAY['SELECT world.plant(''new'', ''right'', ''1::bigint << 60'', ''written_by'')']),
    (6, 'right leaf, of another server', ARRAY['SELECT world.plant(''new'', ''right'', ''written_in'', ''written_by + 1'')']),
    (7, 'in the log as well', ARRAY['SELECT world.plant(''new'', ''right'', ''written_in'', ''written_by'')',
        'UPDATE tenancy.trace_log SET traces = traces || uuid_send(world.trace(''new'')), leaves = leaves || world.right_leaf(world.trace(''new'')) WHERE root IS NULL AND tenant_id = {acme}']),
    (8, 'in the log in place of another', ARRAY['SELECT world.plant(''new'', ''right'', ''written_in'', ''written_by'')',
        'SELECT world.set_log({b1}, world.right_leaf(world.trace(''new'')))',
        'UPDATE tenancy.trace_log SET traces = overlay(traces PLACING uuid_send(world.trace(''new'')) FROM position(uuid_send({b1}) IN traces)) WHERE position(uuid_send({b1}) IN traces) > 0'])
) s (n, change, statements), world.tampered(s.statements) t ORDER BY s.n, t;
-- The log.
SELECT s.change, t.* FROM (VALUES
    (1, 'a leaf', ARRAY['SELECT world.set_log({a1}, sha256(''x''))']),
    (2, 'a leaf of the last tile', ARRAY['SELECT world.set_log({b2}, sha256(''x''))']),
    (3, 'the trace of a leaf', ARRAY['UPDATE tenancy.trace_log SET traces = overlay(traces PLACING uuid_send({b3}) FROM position(uuid_send({b2}) IN traces)) WHERE position(uuid_send({b2}) IN traces) > 0']),
    (4, 'two traces swapped', ARRAY['UPDATE tenancy.trace_log SET traces = overlay(overlay(traces PLACING uuid_send({a3}) FROM position(uuid_send({a1}) IN traces)) PLACING uuid_send({a1}) FROM position(uuid_send({a3}) IN traces)) WHERE tile = 0 AND position(uuid_send({a1}) IN traces) > 0']),
    (5, 'two traces and their leaves swapped', ARRAY['SELECT world.set_log(b.trace_id, a.leaf), world.set_log(a.trace_id, b.leaf) FROM tenancy.decision_trace a, tenancy.decision_trace b WHERE a.trace_id = {b1} AND b.trace_id = {b3}',
        'UPDATE tenancy.trace_log SET traces = overlay(overlay(traces PLACING uuid_send({b3}) FROM position(uuid_send({b1}) IN traces)) PLACING uuid_send({b1}) FROM position(uuid_send({b3}) IN traces)) WHERE position(uuid_send({b1}) IN traces) > 0']),
    (6, 'a root', ARRAY['UPDATE tenancy.trace_log SET root = sha256(root) WHERE root IS NOT NULL']),
    (7, 'a root removed', ARRAY['UPDATE tenancy.trace_log SET root = NULL WHERE root IS NOT NULL']),
    (8, 'a root of a tile that is not full', ARRAY['UPDATE tenancy.trace_log SET root = sha256(''x'') WHERE root IS NULL AND tenant_id = {globex}']),
    (9, 'a torn tile', ARRAY['UPDATE tenancy.trace_log SET leaves = substr(leaves, 2) WHERE tenant_id = {globex}']),
    (10, 'an empty tile', ARRAY['UPDATE tenancy.trace_log SET leaves = '''', traces = '''' WHERE tenant_id = {globex}']),
    (11, 'the last tile cut', ARRAY['UPDATE tenancy.trace_log SET leaves = substr(leaves, 1, 64), traces = substr(traces, 1, 32) WHERE tenant_id = {globex}']),
    (12, 'the last tile removed', ARRAY['DELETE FROM tenancy.trace_log WHERE tenant_id = {globex}']),
    (13, 'tiles renumbered', ARRAY['UPDATE tenancy.trace_log SET tile = tile + 1 WHERE tenant_id = {globex}']),
    (14, 'two in place of one', ARRAY['UPDATE tenancy.trace_log SET traces = overlay(traces PLACING uuid_send({g1}) FROM 17), leaves = overlay(leaves PLACING substr(leaves, 1, 32) FROM 33) WHERE tenant_id = {globex}'])
) s (n, change, statements), world.tampered(s.statements) t ORDER BY s.n, t;
-- Many rows at once.
SELECT s.change, t.tenant, count(t.trace) AS traces, t.problem FROM (VALUES
    (1, 'the first tile removed', ARRAY['DELETE FROM tenancy.trace_log WHERE tile = 0 AND tenant_id = {acme}']),
    (2, 'a log moved to another tenant', ARRAY['DELETE FROM tenancy.trace_log WHERE tenant_id = {globex}', 'UPDATE tenancy.trace_log SET tenant_id = {globex}, tile = 0 WHERE tile = 1'])
) s (n, change, statements), world.tampered(s.statements) t GROUP BY s.n, s.change, t.tenant, t.problem ORDER BY s.n, 2, 4;
-- Checkpoints and keys.
SELECT s.change, t.* FROM (VALUES
    -- A later one signs what an earlier one did.
    (0, 'an earlier one removed', ARRAY['DELETE FROM tenancy.trace_checkpoint WHERE size = 301']),
    (1, 'the last removed', ARRAY['DELETE FROM tenancy.trace_checkpoint WHERE size = 306']),
    (2, 'all removed', ARRAY['DELETE FROM tenancy.trace_checkpoint']),
    (3, 'a size', ARRAY['UPDATE tenancy.trace_checkpoint SET size = 2 WHERE size = 3']),
    (4, 'the signed size', ARRAY['UPDATE tenancy.trace_checkpoint SET note = replace(note, E''\n3\n'', E''\n2\n''), size = 2 WHERE size = 3']),
    (5, 'the signature', ARRAY['UPDATE tenancy.trace_checkpoint SET note = regexp_replace(note, ''.....==?\n$'', E''AAAA=\n'') WHERE size = 3']),
    (6, 'no signature', ARRAY['UPDATE tenancy.trace_checkpoint SET note = split_part(note, E''\n\n'', 1) || E''\n\n'' WHERE size = 3']),
    (7, 'no note', ARRAY['UPDATE tenancy.trace_checkpoint SET note = '''' WHERE size = 3']),
    (8, 'that of another tenant', ARRAY['UPDATE tenancy.trace_checkpoint SET note = (SELECT note FROM tenancy.trace_checkpoint WHERE size = 301) WHERE size = 3']),
    (9, 'the key removed', ARRAY['DELETE FROM tenancy.trace_key']),
    (10, 'the key replaced', ARRAY['UPDATE tenancy.trace_key SET verifier = ''pg_tenancy.test+a45ed37a+ATmd0vNBZZKGTZ+hn9oQh5xy1ufBvAFWXFsAAAAAAAAA''']),
    (11, 'no key', ARRAY['UPDATE tenancy.trace_key SET verifier = ''x'''])
) s (n, change, statements), world.tampered(s.statements) t ORDER BY s.n, t;
-- The horizon.
SELECT s.change, t.* FROM (VALUES
    (1, 'forward', ARRAY['UPDATE tenancy.trace_horizon SET snapshot = (SELECT format(''%s:%s:'', m, m) FROM (SELECT max(written_in) + 1 FROM tenancy.decision_trace) d (m))']),
    (2, 'to the future', ARRAY['UPDATE tenancy.trace_horizon SET snapshot = ''4611686018427387904:4611686018427387904:''']),
    (3, 'back before the last seal', ARRAY['UPDATE tenancy.trace_horizon SET snapshot = (SELECT format(''%s:%s:'', m, m) FROM (SELECT max(written_in) FROM tenancy.decision_trace WHERE outcome = ''b1'') d (m))']),
    (4, 'damaged', ARRAY['UPDATE tenancy.trace_horizon SET snapshot = ''x''']),
    (5, 'removed', ARRAY['DELETE FROM tenancy.trace_horizon']),
    -- As where a dump was restored: the next seal looks at every row.
    (6, 'of another server', ARRAY['UPDATE tenancy.trace_horizon SET server = 1'])
) s (n, change, statements), world.tampered(s.statements) t ORDER BY s.n, t;
-- Payloads and erasures.
SELECT s.change, t.* FROM (VALUES
    (1, 'removed', ARRAY['UPDATE tenancy.decision_trace SET query = NULL, payload_salt = NULL WHERE trace_id = {b1}']),
    (2, 'added', ARRAY['UPDATE tenancy.decision_trace SET query = ''x'' WHERE trace_id = {a1}']),
    (3, 'put back', ARRAY['UPDATE tenancy.decision_trace SET query = ''payload'' WHERE trace_id = {a2}']),
    (4, 'put back as if never erased', ARRAY['UPDATE tenancy.decision_trace SET query = ''payload'', redaction_id = NULL, payload_salt = substr(sha256(''x''), 1, 16) WHERE trace_id = {a2}']),
    (5, 'as if erased, by nothing', ARRAY['UPDATE tenancy.decision_trace SET query = NULL, payload_salt = NULL, redaction_id = gen_random_uuid() WHERE trace_id = {b1}']),
    (6, 'as if erased, by another trace', ARRAY['UPDATE tenancy.decision_trace SET query = NULL, payload_salt = NULL, redaction_id = {b2} WHERE trace_id = {b1}']),
    (7, 'as if erased, by the erasure of another', ARRAY['UPDATE tenancy.decision_trace SET query = NULL, payload_salt = NULL, redaction_id = {erasure of a2} WHERE trace_id = {b1}']),
    (8, 'as if erased with earlier ones', ARRAY['UPDATE tenancy.decision_trace SET query = NULL, payload_salt = NULL, redaction_id = {erasure of a4 to a8} WHERE trace_id = {b1}']),
    (9, 'as if erased with others of its kind', ARRAY['UPDATE tenancy.decision_trace SET query = NULL, sources = NULL, detail = NULL, payload_salt = NULL, redaction_id = {erasure of a4 to a8} WHERE trace_id = {full}']),
    (10, 'another trace of the erasure', ARRAY['UPDATE tenancy.decision_trace SET redaction_id = {erasure of a4 to a8} WHERE trace_id = {a2}']),
    (11, 'no trace of the erasure', ARRAY['UPDATE tenancy.decision_trace SET redaction_id = NULL WHERE trace_id = {a2}']),
    (12, 'the trace of the erasure removed', ARRAY['DELETE FROM tenancy.decision_trace WHERE trace_id = {erasure of a2}']),
    (13, 'the trace of the erasure changed', ARRAY['UPDATE tenancy.decision_trace SET detail = jsonb_build_object(''trace_id'', {b1}) WHERE trace_id = {erasure of a2}']),
    (14, 'the trace of the erasure erased', ARRAY['UPDATE tenancy.decision_trace SET detail = NULL, payload_salt = NULL, redaction_id = {erasure of a2} WHERE trace_id = {erasure of a2}'])
) s (n, change, statements), world.tampered(s.statements) t ORDER BY s.n, t;
-- A seal over what was changed signs it, and does not hide it.
SELECT * FROM world.tampered(ARRAY['UPDATE tenancy.trace_horizon SET snapshot = (SELECT format(''%s:%s:'', m, m) FROM (SELECT max(written_in) FROM tenancy.decision_trace WHERE outcome = ''b1'') d (m))', 'SELECT world.seal()']) t;
SELECT * FROM world.tampered(ARRAY['UPDATE tenancy.decision_trace SET written_in = 1::bigint << 40 WHERE trace_id = {a1}', 'SELECT world.seal()']) t;
SELECT * FROM world.tampered(ARRAY['DELETE FROM tenancy.trace_horizon', 'SELECT world.seal()']) t;
\i :suites/../fixtures/clear.sql
