-- A trigger's transition tables, row triggers and their WHEN conditions: they hold the rows that the statement changed, and it
-- changed one's own.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE FUNCTION world.tell() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    rows text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT string_agg(body, ', ' ORDER BY body) INTO rows FROM now;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT string_agg(body, ', ' ORDER BY body) INTO rows FROM was;
    ELSE
        SELECT string_agg(w.body || ' > ' || n.body, ', ' ORDER BY w.body) INTO rows FROM was w JOIN now n USING (tenant_id, id);
    END IF;
    RAISE INFO 'the statement %: %', TG_OP, coalesce(rows, 'no row');
    RETURN NULL;
END $$;
CREATE FUNCTION world.tell_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE INFO 'the row % of %', TG_OP, OLD.body;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER i AFTER INSERT ON world.note REFERENCING NEW TABLE AS now FOR EACH STATEMENT EXECUTE FUNCTION world.tell();
CREATE TRIGGER u AFTER UPDATE ON world.note REFERENCING OLD TABLE AS was NEW TABLE AS now FOR EACH STATEMENT EXECUTE FUNCTION world.tell();
CREATE TRIGGER d AFTER DELETE ON world.note REFERENCING OLD TABLE AS was FOR EACH STATEMENT EXECUTE FUNCTION world.tell();
CREATE TRIGGER r BEFORE UPDATE OR DELETE ON world.note FOR EACH ROW WHEN (OLD.body LIKE '%1') EXECUTE FUNCTION world.tell_row();
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
INSERT INTO note (id, body) VALUES (9, 'acme 9');
UPDATE note SET body = body || '!';
INSERT INTO note (id, body) VALUES (1, 'x'), (8, 'acme 8') ON CONFLICT (tenant_id, id) DO UPDATE SET body = 'upsert';
MERGE INTO note n USING (VALUES (2), (7)) v (id) ON n.id = v.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id, body) VALUES (v.id, 'merged');
DELETE FROM note;
ROLLBACK;
-- What the policy refuses comes to no trigger of the statement.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
UPDATE note SET tenant_id = :'globex', id = 9 WHERE id = 1;
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
DELETE FROM note WHERE tenant_id = :'globex';
ROLLBACK;
\i :suites/../fixtures/clear.sql
