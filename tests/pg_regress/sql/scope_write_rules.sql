-- What a floor writes: rows whose scope has every pair of it, before and after. Attack 47: {} written by a floored key.
-- Attack 50: an update that moves a row out of the writer's floor.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.doc (tenant_id uuid NOT NULL, scope tenancy.scope NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO world.doc SELECT :'acme', scope::jsonb, id, 'old' FROM unnest(ARRAY['{}', '{"org": "a"}', '{"org": "a", "team": "x"}',
    '{"org": "a", "team": "x", "user": "u"}', '{"org": "a", "team": "y"}', '{"org": "b", "team": "x"}']) WITH ORDINALITY s (scope, id);
ALTER TABLE world.doc OWNER TO regress_world_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON world.doc TO regress_world_app;
SELECT tenancy.protect('world.doc', scope_column => 'scope');
SELECT secret AS key FROM tenancy.create_key('acme', 'x', scope_floor => '{"org": "a", "team": "x"}') \gset
\c - regress_world_app
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT tenancy.bind(:'key') = :'acme' AS bound;
-- Inserted rows are stamped with the floor, and may be narrower.
INSERT INTO doc (id) VALUES (10) RETURNING id, scope;
INSERT INTO doc (id, scope) VALUES (11, DEFAULT), (12, '{"org": "a", "team": "x", "user": "v"}') RETURNING id, scope;
-- Never wider or elsewhere.
INSERT INTO doc (id, scope) VALUES (20, '{}');
\set VERBOSITY terse
INSERT INTO doc (id, scope) VALUES (20, '{"org": "a"}');
INSERT INTO doc (id, scope) VALUES (20, '{"org": "a", "team": "y"}');
INSERT INTO doc (id, scope) VALUES (20, '{"org": "a", "Team": "x"}');
INSERT INTO doc (id, scope) SELECT 20, '{}';
INSERT INTO doc (id, scope) VALUES (20, NULL);
INSERT INTO doc (tenant_id, id) VALUES (:'globex', 20);
COPY doc (id, scope) FROM STDIN;
-- Out of the floor.
UPDATE doc SET scope = '{}' WHERE id = 3;
UPDATE doc SET scope = '{"org": "a"}' WHERE id = 3;
UPDATE doc SET scope = '{"org": "a", "team": "y"}' WHERE id = 3;
UPDATE doc SET scope = scope::jsonb - 'team' WHERE id = 4;
-- Within it.
UPDATE doc SET scope = '{"org": "a", "team": "x", "user": "w"}' WHERE id = 3 RETURNING id, scope;
UPDATE doc SET scope = DEFAULT WHERE id = 4 RETURNING id, scope;
-- Into it: what is outside is not found.
UPDATE doc SET scope = '{"org": "a", "team": "x"}' WHERE id IN (1, 2, 5, 6) RETURNING id;
UPDATE doc SET body = 'new' RETURNING id;
DELETE FROM doc WHERE id IN (1, 2, 5, 6) RETURNING id;
SELECT id FROM doc WHERE id IN (1, 2, 5, 6) FOR UPDATE;
-- Upsert and MERGE. The row outside is there, so its key is taken; it stays as it is.
INSERT INTO doc (id, body) VALUES (10, 'upsert') ON CONFLICT (tenant_id, id) DO UPDATE SET body = 'upsert' RETURNING id, body;
INSERT INTO doc (id, body) VALUES (10, 'upsert') ON CONFLICT (tenant_id, id) DO UPDATE SET scope = '{}';
INSERT INTO doc (id, body) VALUES (1, 'upsert') ON CONFLICT (tenant_id, id) DO UPDATE SET body = 'upsert';
INSERT INTO doc (id, body) VALUES (1, 'upsert') ON CONFLICT DO NOTHING;
INSERT INTO doc (id, scope) VALUES (20, '{}') ON CONFLICT DO NOTHING;
MERGE INTO doc d USING (VALUES (11)) v (id) ON d.id = v.id WHEN MATCHED THEN UPDATE SET body = 'merge';
MERGE INTO doc d USING (VALUES (11)) v (id) ON d.id = v.id WHEN MATCHED THEN UPDATE SET scope = '{"org": "a"}';
MERGE INTO doc d USING (VALUES (20)) v (id) ON d.id = v.id WHEN NOT MATCHED THEN INSERT (id, scope) VALUES (20, '{}');
MERGE INTO doc d USING (VALUES (1), (5)) v (id) ON d.id = v.id WHEN MATCHED THEN DELETE;
MERGE INTO doc d USING (VALUES (21)) v (id) ON d.id = v.id WHEN NOT MATCHED THEN INSERT (id, body) VALUES (21, 'merge');
WITH moved AS (UPDATE doc SET scope = '{}' WHERE id = 10 RETURNING *) SELECT * FROM moved;
DELETE FROM doc WHERE id = 12 RETURNING id;
COMMIT;
-- A key without a floor writes everywhere, and stamps {}.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
INSERT INTO doc (id) VALUES (30) RETURNING id, scope;
UPDATE doc SET scope = '{"org": "b"}' WHERE id = 1 RETURNING id, scope;
SELECT id, scope, body FROM doc ORDER BY id;
COMMIT;
\i :suites/../fixtures/clear.sql
