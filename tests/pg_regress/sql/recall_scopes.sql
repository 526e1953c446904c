-- A requested scope narrows what recall gives, inside the floor that is bound, and never widens it.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.chunk (tenant_id uuid NOT NULL, at tenancy.scope NOT NULL, id int, embedding vector(2), PRIMARY KEY (tenant_id, id));
INSERT INTO world.chunk SELECT tenant::uuid, scope::jsonb, id, ARRAY[100, 30 + id]::float8[]::vector
FROM unnest(ARRAY[:'acme', :'globex']) tenant, unnest(ARRAY['{}', '{"org": "a"}', '{"org": "a", "team": "x"}', '{"org": "a", "team": "x", "user": "u"}',
    '{"org": "a", "team": "y"}', '{"team": "x"}', '{"org": "b", "team": "x"}']) WITH ORDINALITY s (scope, id);
-- What lies outside a floor is nearer, and enough to fill any list.
INSERT INTO world.chunk SELECT :'acme', '{"org": "b", "team": "z"}', 1000 + n, ARRAY[100, 0.1 * n]::vector FROM generate_series(1, 200) n;
ALTER TABLE world.chunk OWNER TO regress_world_owner;
GRANT SELECT ON world.chunk TO regress_world_app;
SELECT tenancy.protect('world.chunk', scope_column => 'at');
CREATE TABLE world.plain (tenant_id uuid NOT NULL, id int, embedding vector(2), PRIMARY KEY (tenant_id, id));
ALTER TABLE world.plain OWNER TO regress_world_owner;
GRANT SELECT ON world.plain TO regress_world_app;
SELECT tenancy.protect('world.plain');
CREATE TABLE world.floor AS SELECT n, scope, k.secret FROM unnest(ARRAY['{}', '{"org": "a"}', '{"org": "a", "team": "x"}', '{"team": "x"}', '{"org": "c"}'])
    WITH ORDINALITY f (scope, n), LATERAL tenancy.create_key('acme', 'floor ' || n, scope_floor => scope::jsonb) k;
GRANT SELECT ON world.floor TO regress_world_app;
SELECT secret AS key FROM world.floor WHERE scope = '{"org": "a"}' \gset
\c - regress_world_app
DO $$
DECLARE
    floor record;
    asked tenancy.scope;
    found int[];
BEGIN
    FOR floor IN SELECT * FROM world.floor ORDER BY n LOOP
        PERFORM tenancy.bind(floor.secret);
        FOREACH asked IN ARRAY '{"{}","{\"org\": \"a\"}","{\"team\": \"x\"}","{\"org\": \"a\", \"team\": \"x\"}","{\"org\": \"b\"}","{\"none\": \"x\"}"}'::jsonb[] LOOP
            SELECT array_agg(id) INTO found FROM tenancy.recall(NULL::world.chunk, '[100,0]', 3, asked);
            RAISE INFO '% under %: %', asked, floor.scope, found;
        END LOOP;
        COMMIT;
    END LOOP;
END $$;
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT tenancy.bind(:'key') = :'acme' AS bound;
SELECT array_agg(id) FROM tenancy.recall(NULL::chunk, '[100,0]', 100);
SELECT array_agg(id) FROM tenancy.recall(NULL::chunk, '[100,0]', 100, scope => '{"team": "x"}', filter => '{"id": 4}');
-- The scope column can be filtered by as well, and that widens nothing either.
SELECT array_agg(id) FROM tenancy.recall(NULL::chunk, '[100,0]', 100, filter => '{"at": {"org": "b"}}');
SELECT array_agg(id) FROM tenancy.recall(NULL::chunk, '[100,0]', 100, filter => '{"at": {"team": "y"}}');
-- What is no scope.
SELECT id FROM tenancy.recall(NULL::chunk, '[100,0]', scope => '{"team": ["x"]}');
SELECT id FROM tenancy.recall(NULL::chunk, '[100,0]', scope => '[]');
SELECT id FROM tenancy.recall(NULL::chunk, '[100,0]', scope => '{"team": ""}');
-- A table without scopes has none to ask for, and is out of a floor's reach.
SELECT id FROM tenancy.recall(NULL::plain, '[100,0]', scope => '{"team": "x"}');
SELECT id FROM tenancy.recall(NULL::plain, '[100,0]');
COMMIT;
-- Narrowed in the transaction: the plan that was kept finds what the narrower context reaches.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT array_agg(id) FROM tenancy.recall(NULL::chunk, '[100,0]', 3, scope => '{"team": "x"}');
SELECT tenancy.bind(:'acme_key', '{"scope": {"org": "a"}}') = :'acme' AS narrower;
SELECT array_agg(id) FROM tenancy.recall(NULL::chunk, '[100,0]', 3, scope => '{"team": "x"}');
SELECT tenancy.unbind();
SELECT array_agg(id) FROM tenancy.recall(NULL::chunk, '[100,0]', 3, scope => '{"team": "x"}');
COMMIT;
\i :suites/../fixtures/clear.sql
