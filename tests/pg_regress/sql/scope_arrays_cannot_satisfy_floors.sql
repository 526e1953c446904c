-- Attack 48: in a plain jsonb column {"org": ["a", "b"]} lies under two floors as @> sees it, and an empty array under all.
-- protect refuses such a column, and its hint changes it to one that refuses such values.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
-- The attack on a policy written by hand.
CREATE TABLE world.hand (tenant_id uuid NOT NULL, scope jsonb NOT NULL, id int, PRIMARY KEY (tenant_id, id));
INSERT INTO world.hand VALUES (:'acme', '{"org": ["a"]}', 1), (:'acme', '{"org": ["a", "b"]}', 2), (:'acme', '{"org": {"id": "a"}}', 3);
ALTER TABLE world.hand ENABLE ROW LEVEL SECURITY;
CREATE POLICY scoped ON world.hand USING (scope @> current_setting('app.floor')::jsonb);
ALTER TABLE world.hand OWNER TO regress_world_owner;
GRANT SELECT ON world.hand TO regress_world_app;
SET SESSION AUTHORIZATION regress_world_app;
SET app.floor = '{"org": ["a"]}';
SELECT array_agg(id ORDER BY id) AS ids FROM world.hand;
SET app.floor = '{"org": ["b"]}';
SELECT array_agg(id ORDER BY id) AS ids FROM world.hand;
SET app.floor = '{"org": []}';
SELECT array_agg(id ORDER BY id) AS ids FROM world.hand;
RESET SESSION AUTHORIZATION;
DROP POLICY scoped ON world.hand;
ALTER TABLE world.hand DISABLE ROW LEVEL SECURITY;

-- protect refuses the column. What the hint says fails on these rows, with the key that is wrong, and works without them.
SELECT tenancy.protect('world.hand', scope_column => 'scope');
ALTER TABLE world.hand ALTER COLUMN scope TYPE tenancy.scope USING scope::text::jsonb;
UPDATE world.hand SET scope = '{"org": "a"}' WHERE id < 3;
DELETE FROM world.hand WHERE id = 3;
ALTER TABLE world.hand ALTER COLUMN scope TYPE tenancy.scope USING scope::text::jsonb;
SELECT tenancy.protect('world.hand', scope_column => 'scope');
GRANT INSERT, UPDATE ON world.hand TO regress_world_app;

SELECT secret AS key FROM tenancy.create_key('acme', 'a', scope_floor => '{"org": "a"}') \gset
\c - regress_world_app
\set ON_ERROR_ROLLBACK on
\set VERBOSITY terse
BEGIN;
SELECT tenancy.bind(:'key') = :'acme' AS bound;
SELECT id FROM hand ORDER BY id;
INSERT INTO hand (id, scope) VALUES (4, '{"org": ["a", "b"]}');
INSERT INTO hand (id, scope) VALUES (4, '{"org": []}');
UPDATE hand SET scope = '{"org": ["a"]}';
UPDATE hand SET scope = jsonb_set(scope, '{org}', '["a", "b"]');
INSERT INTO hand (id, scope) VALUES (1, DEFAULT) ON CONFLICT (tenant_id, id) DO UPDATE SET scope = '{"org": ["a"]}';
COMMIT;
-- Nor is a floor a list.
SELECT tenancy.bind(:'acme_key', '{"scope": {"org": []}}');
SELECT tenancy.bind(:'acme_key', '{"scope": {"org": ["a", "b"]}}');
\i :suites/../fixtures/clear.sql
