-- What scope_covers, scope_join, scope_visible and scope_writable say, of values, NULL, large and compressed scopes.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.scope AS SELECT * FROM (VALUES
    (1, '{}'), (2, '{"a": "1"}'), (3, '{"a": "2"}'), (4, '{"b": "1"}'), (5, '{"a": "1", "b": "1"}'), (6, '{"a": "1", "b": "1", "long": "1"}')
) v (n, scope);
GRANT SELECT ON world.scope TO regress_world_app;
SELECT f.scope AS floor, string_agg(s.scope, ' | ' ORDER BY s.n) AS covers
FROM world.scope f JOIN world.scope s ON tenancy.scope_covers(f.scope::jsonb, s.scope::jsonb) GROUP BY f.n, f.scope ORDER BY f.n;
SELECT a.scope AS a, b.scope AS b, world.attempt(format('SELECT tenancy.scope_join(%L, %L)', a.scope, b.scope)) AS joined
FROM world.scope a JOIN world.scope b ON a.n < b.n ORDER BY a.n, b.n;
SELECT tenancy.scope_join('{"a": "1"}', '{"a": "2"}');
-- Joining is commutative and idempotent, {} is its neutral element, and both cover what is joined.
SELECT count(*) AS broken
FROM world.scope a, world.scope b, LATERAL world.attempt(format('SELECT tenancy.scope_join(%L, %L)', a.scope, b.scope)) ab,
     LATERAL world.attempt(format('SELECT tenancy.scope_join(%L, %L)', b.scope, a.scope)) ba
WHERE ab <> ba OR a.n = b.n AND ab <> a.scope OR a.scope = '{}' AND ab <> b.scope
   OR CASE WHEN ab ~ '^{' THEN NOT tenancy.scope_covers(a.scope::jsonb, ab::jsonb) END;
SELECT tenancy.scope_covers(NULL, '{}') AS covers, tenancy.scope_covers('{}', NULL) AS covers, tenancy.scope_join(NULL, '{}') AS joined;
SELECT world.attempt('SELECT tenancy.scope_covers(''{"a": ["1"]}'', ''{}'')') AS floor, world.attempt('SELECT tenancy.scope_covers(''{}'', ''{"b": null}'')') AS scope;

-- Of 8 kB: in line, compressed, and out of line.
CREATE TABLE world.large (how text, scope tenancy.scope);
INSERT INTO world.large
SELECT how, jsonb_build_object('a', '1', 'z', filler) FROM (VALUES
    ('compressed', repeat('x', 8000)),
    ('out of line', (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 250) n))) v (how, filler);
ALTER TABLE world.large ALTER scope SET STORAGE EXTERNAL;
INSERT INTO world.large SELECT 'not compressed', jsonb_build_object('a', '1', 'z', repeat('x', 8000));
GRANT SELECT ON world.large TO regress_world_app;
SELECT how, pg_column_size(scope) < 1000 AS small, tenancy.scope_covers('{"a": "1"}', scope) AS inside, tenancy.scope_covers('{"a": "2"}', scope) AS outside,
       tenancy.scope_covers(scope, scope) AS itself, tenancy.scope_covers(scope, '{"a": "1"}') AS wider,
       tenancy.scope_join(scope, '{"a": "1"}') = scope AS joined FROM world.large ORDER BY how;
SELECT world.attempt('SELECT tenancy.scope_join(''{"z": "1"}'', scope) FROM world.large LIMIT 1') AS contradiction;
SELECT world.attempt('SELECT tenancy.scope_join(jsonb_build_object(''y'', repeat(''x'', 1000)), scope) FROM world.large LIMIT 1') AS too_large;

-- What the bound floor reaches.
SELECT secret AS key FROM tenancy.create_key('acme', 'a1', scope_floor => '{"a": "1"}') \gset
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'key') = :'acme' AS bound;
SELECT scope, tenancy.scope_visible(scope::jsonb) AS visible, tenancy.scope_writable(scope::jsonb) AS writable FROM world.scope ORDER BY n;
SELECT how, tenancy.scope_visible(scope) AS visible, tenancy.scope_writable(scope) AS writable FROM world.large ORDER BY how;
SELECT tenancy.scope_visible(NULL) AS visible, tenancy.scope_writable(NULL) AS writable;
SELECT tenancy.current_scope(), pg_typeof(tenancy.current_scope());
COMMIT;
-- The floor itself may be as large.
BEGIN;
SELECT tenancy.bind(:'key', jsonb_build_object('scope', jsonb_build_object('z', repeat('x', 8000)))) = :'acme' AS bound;
SELECT how, tenancy.scope_visible(scope) AS visible FROM world.large ORDER BY how;
COMMIT;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT count(*) FILTER (WHERE tenancy.scope_visible(scope::jsonb)) AS visible, count(*) FROM world.scope;
SELECT tenancy.scope_visible(NULL) AS visible;
COMMIT;
-- Unbound.
SELECT tenancy.scope_visible('{}');
SELECT tenancy.scope_writable('{}');
\i :suites/../fixtures/clear.sql
