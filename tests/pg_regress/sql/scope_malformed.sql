-- Attack 48: what is no scope is refused, with the key that is wrong: as a value, a row's scope, a key's floor, in bind's
-- context, in a grant and in a token. What only looks alike is another scope: texts are compared byte for byte.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.bad AS SELECT n, left(scope, 40) AS scope, scope AS whole FROM unnest(ARRAY[
    '["a"]', '[]', 'null', '"team"', '7', 'true', '{"team": ["a", "b"]}', '{"team": []}', '{"team": {"id": "a"}}', '{"team": {}}',
    '{"team": null}', '{"team": 1}', '{"team": true}', '{"team": false}', '{"team": ""}', '{"": "a"}', '{"": ""}',
    '{"ok": "a", "team": ["a"], "user": "b"}', '{"te\nam\"\u202e": 1}', '{"team": "a\u0000"}', '{team: a}', '{"team": "a"', '',
    '{"long": "' || repeat('x', 1024 * 1024) || '"}', '{"' || repeat('k', 1024 * 1024) || '": "a"}',
    '{"' || repeat('k', 70) || '": 1}',
    (SELECT jsonb_object_agg('key' || k, 'x')::text FROM generate_series(1, 10000) k),
    (SELECT jsonb_object_agg('key' || k, 'x')::text FROM generate_series(1, 65) k),
    jsonb_build_object('k', repeat('x', 8 * 1024 - 7))::text
]) WITH ORDINALITY u (scope, n);
GRANT SELECT ON world.bad TO regress_world_app;
CREATE TABLE world.doc (tenant_id uuid NOT NULL, scope tenancy.scope NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
ALTER TABLE world.doc OWNER TO regress_world_owner;
GRANT SELECT, INSERT ON world.doc TO regress_world_app;
SELECT 1 AS done FROM (SELECT tenancy.protect('world.doc', scope_column => 'scope')) p \gset

-- As a value.
SELECT scope, world.attempt(format('SELECT %L::tenancy.scope', whole)) AS answer FROM world.bad ORDER BY n;
SELECT '{"team": ["a", "b"]}'::tenancy.scope;
SELECT tenancy.check_scope('{"team": ["a", "b"]}');
-- In a key's floor and in a grant, in the same words; and nothing is left of them.
SELECT b.scope, how, world.attempt(format(how, whole)) AS answer
FROM world.bad b, (VALUES ('SELECT tenancy.create_key(''acme'', ''k'', scope_floor => %L)'),
                          ('SELECT tenancy.grant_read(''acme'', ''globex'', ''world.note'', %L)')) v (how)
WHERE world.attempt(format(how, whole)) <> world.attempt(format('SELECT %L::tenancy.scope', whole));
SELECT (SELECT count(*) FROM tenancy.api_key WHERE name = 'k') AS keys, (SELECT count(*) FROM tenancy.read_grant) AS grants;

-- In a row and in bind's context.
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT b.scope, world.attempt(format('INSERT INTO doc (id, scope) VALUES (1, %L)', whole)) AS answer FROM world.bad b
WHERE world.attempt(format('INSERT INTO doc (id, scope) VALUES (1, %L)', whole)) <> world.attempt(format('SELECT %L::tenancy.scope', whole));
SELECT world.attempt('INSERT INTO doc (id, scope) VALUES (1, NULL) RETURNING id') AS sql_null;
COMMIT;
SELECT scope, world.attempt(format('SELECT tenancy.bind(%L, %L)', :'acme_key', '{"scope": ' || whole || '}')) AS answer FROM world.bad ORDER BY n;
-- In a token.
BEGIN;
SELECT tenancy.bind(:'token_scope_with_list');
ROLLBACK;

-- What jsonb makes of a key given twice is one pair, the last.
SELECT '{"team": "a", "team": "b"}'::tenancy.scope, '{"team": ["a"], "team": "b"}'::tenancy.scope AS hidden;
SELECT '{"team": "a", "team": ["b"]}'::tenancy.scope;
-- The largest that are scopes.
SELECT octet_length(jsonb_build_object('k', repeat('x', 8 * 1024 - 8))::tenancy.scope::text);
SELECT (SELECT jsonb_object_agg('key' || k, 'x')::tenancy.scope IS NOT NULL FROM generate_series(1, 64) k) AS keys_64;

-- Look-alikes: another case, é in one character or two, white space, a Cyrillic letter.
SELECT what, tenancy.scope_covers(jsonb_build_object('team', 'café'), row) AS covers FROM (VALUES
    ('the same', jsonb_build_object('team', U&'caf\00e9')),
    ('decomposed', jsonb_build_object('team', U&'cafe\0301')),
    ('value in capitals', jsonb_build_object('team', U&'CAF\00c9')),
    ('key in capitals', jsonb_build_object('TEAM', U&'caf\00e9')),
    ('space', jsonb_build_object('team', U&'caf\00e9 ')),
    ('zero width space', jsonb_build_object('team', U&'caf\00e9\200b')),
    ('Cyrillic a', jsonb_build_object('team', U&'c\0430f\00e9')),
    ('prefix', jsonb_build_object('team', U&'caf'))
) v (what, row);
\i :suites/../fixtures/clear.sql
