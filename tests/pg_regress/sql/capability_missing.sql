-- A credential without the capability that a statement needs hears so, also of an empty table: never silently no rows.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.doc (tenant_id uuid NOT NULL, scope tenancy.scope NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
CREATE TABLE world.common (tenant_id text NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
CREATE TABLE world.empty (LIKE world.doc INCLUDING ALL);
INSERT INTO world.doc SELECT tenant_id, '{}', id, body FROM world.note;
INSERT INTO world.common VALUES ('acme', 1), ('shared', 1);
ALTER TABLE world.doc OWNER TO regress_world_owner;
ALTER TABLE world.common OWNER TO regress_world_owner;
ALTER TABLE world.empty OWNER TO regress_world_owner;
SELECT tenancy.protect('world.doc', scope_column => 'scope');
SELECT tenancy.protect('world.common', shared => true);
SELECT tenancy.protect('world.empty', scope_column => 'scope');
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA world TO regress_world_app;
CREATE TABLE world.key AS SELECT n, c, k.secret FROM unnest(ARRAY['read', 'write', 'forget', 'reader', 'writer', 'agent', 'supervisor', 'manager']) WITH ORDINALITY u (c, n), tenancy.create_key('acme', c, ARRAY[c]) k;
GRANT SELECT ON world.key TO regress_world_app;
-- Each statement with each key, in a transaction of its own that is rolled back; one answer where all four tables agree.
CREATE PROCEDURE world.try_each(keys text[], statements text[]) LANGUAGE plpgsql AS $$
DECLARE
    key record;
    statement text;
    tables text[];
    answers text[];
BEGIN
    FOREACH statement IN ARRAY statements LOOP
        answers := '{}';
        FOR key IN SELECT * FROM world.key WHERE c = ANY (keys) ORDER BY n LOOP
            PERFORM tenancy.bind(key.secret);
            SELECT array_agg(regexp_replace(world.attempt(format(statement, t)), '42501 the bound credential lacks capability', 'LACKS') ORDER BY n)
            INTO tables FROM unnest('{note,doc,common,empty}'::text[]) WITH ORDINALITY u (t, n);
            answers := answers || (key.c || ' ' || CASE WHEN tables[1] = ALL (tables) THEN tables[1] ELSE array_to_string(tables, ', ') END);
            ROLLBACK;
        END LOOP;
        RAISE INFO '%', statement;
        RAISE INFO '    %', array_to_string(answers, ' | ');
    END LOOP;
END $$;
SELECT c, capabilities FROM world.key JOIN tenancy.key_list ON name = c ORDER BY n;
\c - regress_world_app
CALL world.try_each('{read,write,forget}', ARRAY[
    'SELECT count(*) FROM %I', 'SELECT EXISTS (SELECT FROM %I)', 'SELECT id FROM %I WHERE id = 1 FOR UPDATE', 'SELECT id FROM %I WHERE id = 1 FOR SHARE',
    ' INSERT INTO %I (id) VALUES (9)', 'INSERT INTO %I (id) VALUES (9) RETURNING id', ' INSERT INTO %I (id) VALUES (1) ON CONFLICT DO NOTHING',
    ' INSERT INTO %I (id) VALUES (1) ON CONFLICT (tenant_id, id) DO UPDATE SET body = ''''',
    ' UPDATE %I SET body = ''''', ' UPDATE %I SET body = '''' WHERE id = 1', 'UPDATE %I SET id = id RETURNING id', ' DELETE FROM %I', ' DELETE FROM %I WHERE id = 1',
    'MERGE INTO %I m USING (VALUES (1)) v (id) ON m.id = v.id WHEN MATCHED THEN UPDATE SET body = '''' WHEN NOT MATCHED THEN INSERT (id) VALUES (1)']);
-- Where there is nothing to write, there is nothing to refuse.
CALL world.try_each('{read,write,forget}', ARRAY[' INSERT INTO %1$I (id) SELECT id + 10 FROM %1$I',
    'MERGE INTO %I m USING (VALUES (1)) v (id) ON m.id = v.id WHEN MATCHED THEN DELETE']);
CALL world.try_each('{reader,writer,agent,supervisor,manager}', ARRAY['SELECT count(*) FROM %I', ' INSERT INTO %I (id) VALUES (9)']);
-- As the client hears it, and in COPY.
SELECT secret AS reader FROM world.key WHERE c = 'read' \gset
SELECT secret AS writer FROM world.key WHERE c = 'write' \gset
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT tenancy.bind(:'reader') = :'acme' AS bound;
INSERT INTO note (id) VALUES (9);
COMMIT;
BEGIN;
SELECT tenancy.bind(:'writer') = :'acme' AS bound;
COPY note TO STDOUT;
COPY (SELECT * FROM doc) TO STDOUT;
COPY (SELECT 1 FROM empty) TO STDOUT;
COMMIT;
-- By a token.
BEGIN;
SELECT tenancy.bind(:'token_acme_rich') = :'acme' AS bound;
INSERT INTO doc (id) VALUES (9);
COMMIT;

-- In policies and functions of one's own.
\c - :SUPERUSER
CREATE TABLE world.secret (LIKE world.doc INCLUDING ALL);
INSERT INTO world.secret TABLE world.doc;
ALTER TABLE world.secret OWNER TO regress_world_owner;
SELECT tenancy.protect('world.secret', scope_column => 'scope');
CREATE POLICY secrets ON world.secret AS RESTRICTIVE FOR SELECT USING (tenancy.require_capability('secret:read'));
CREATE POLICY forget ON world.empty AS RESTRICTIVE FOR DELETE USING (tenant_id = tenancy.current_tenant('forget'));
GRANT SELECT, DELETE ON world.secret TO regress_world_app;
SELECT secret AS supervisor FROM world.key WHERE c = 'supervisor' \gset
SELECT secret AS manager FROM world.key WHERE c = 'manager' \gset
\c - regress_world_app
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT tenancy.bind(:'manager') = :'acme' AS bound;
SELECT count(*) FROM secret;
SELECT tenancy.require_capability('manager'), tenancy.current_tenant('secret:read') = :'acme' AS tenant, tenancy.current_tenant_as(0, 'agent') AS number;
SELECT tenancy.require_capability('Read');
SELECT tenancy.require_capability('');
SELECT tenancy.require_capability(NULL);
SELECT tenancy.current_tenant(NULL);
SELECT tenancy.bind(:'supervisor') = :'acme' AS fewer;
SELECT count(*) FROM secret;
SELECT tenancy.require_capability('manager');
SELECT tenancy.require_capability(c) FROM unnest(ARRAY['read', 'supervisor', 'forget', 'secret:read', 'read']) c;
SELECT tenancy.bind(:'writer') = :'acme' AS fewer;
DELETE FROM empty;
SELECT tenancy.require_capability('reader');
SELECT tenancy.has_capability('read') AS has, tenancy.has_capability('write') AS has;
COMMIT;
SELECT tenancy.require_capability('read');
\i :suites/../fixtures/clear.sql
