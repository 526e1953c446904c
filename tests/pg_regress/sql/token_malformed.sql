-- Text that is no token: NULL, empty, binary, truncated at every place, changed in every character, a megabyte long. One
-- clear error each, and the session goes on.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\c - regress_world_app
SELECT tenancy.bind(NULL);
SELECT tenancy.bind('');
SELECT tenancy.bind(NULL, NULL);
SELECT tenancy.bind(credential => NULL, context => '{}');
SET tenancy.session = NULL;
SET tenancy.session = 42;
SELECT tenancy.bind($1) \bind '' \g
SELECT tenancy.bind(convert_from('\xff00', 'UTF8'));
SELECT array_agg(name ORDER BY n) AS names, array_agg(format('SELECT tenancy.bind(%L)', token) ORDER BY n) AS binds,
       array_agg(format('SELECT set_config(''tenancy.session'', %L, true)', token) ORDER BY n) AS settings
FROM (VALUES
    (1, 'a space', ' '),
    (2, 'a line', E'\n'),
    (3, 'control characters', E'\x01\x02\x7f'),
    (4, 'other scripts', 'Ключ 🔑'),
    (5, 'a NUL spelled out', '\0'),
    (6, 'dots', '..'),
    (7, 'four parts', 'a.b.c.d'),
    (8, 'one part', 'abc'),
    (9, 'not base64', '%.%.%'),
    (10, 'empty JSON', 'e30.e30.'),
    (11, 'JSON list', 'W10.W10.AAAA'),
    (12, 'not JSON', 'AAAA.AAAA.AAAA'),
    (13, 'not UTF-8', '_____w.e30.AAAA'),
    (14, 'nested deep', rtrim(translate(replace(encode(convert_to(repeat('[', 3000) || repeat(']', 3000), 'UTF8'), 'base64'), E'\n', ''), '+/', '-_'), '=') || '.e30.AAAA'),
    (15, 'padded', :'token_acme' || '=='),
    (16, 'a space before', ' ' || :'token_acme'),
    (17, 'a space after', :'token_acme' || ' '),
    (18, 'a line after', :'token_acme' || E'\n'),
    (19, 'Bearer', 'Bearer ' || :'token_acme'),
    (20, 'quoted', '"' || :'token_acme' || '"'),
    (21, 'a megabyte of x', repeat('x', 1048576)),
    (22, 'a megabyte of dots', repeat('.', 1048576)),
    (23, 'a megabyte after the header', split_part(:'token_acme', '.', 1) || '.' || repeat('A', 1048576) || '.AAAA'),
    (24, 'a megabyte of signature', :'token_acme' || repeat('A', 1048576)),
    (25, 'two tokens', :'token_acme' || '.' || :'token_globex')
) v (n, name, token) \gset
CALL world.attempt_each(:'names', :'binds');
SELECT n AS differs, left(world.attempt(b), 200) AS by_bind, left(world.attempt(s), 200) AS by_setting
FROM unnest(:'names'::text[], :'binds'::text[], :'settings'::text[]) u (n, b, s)
WHERE world.attempt(b) <> world.attempt(s) OR world.attempt(s) !~ '^28000 ';
-- Cut at every place, and changed in every one: never accepted, never anything but 28000.
SELECT left(world.attempt(format('SELECT tenancy.bind(%L)', left(t.token, n))), 5) AS state, count(*) > 100 AS many
FROM (VALUES (:'token_acme'), (:'token_acme_es'), (:'token_acme_rs'), (:'token_acme_hs')) t (token), generate_series(1, length(t.token) - 1) n GROUP BY 1 ORDER BY 1;
SELECT left(world.attempt(format('SELECT tenancy.bind(%L)', overlay(t.token PLACING CASE substr(t.token, n, 1) WHEN 'x' THEN 'y' ELSE 'x' END FROM n FOR 1))), 5) AS state, count(*) > 100 AS many
FROM (VALUES (:'token_acme'), (:'token_acme_es'), (:'token_acme_rs'), (:'token_acme_hs')) t (token), generate_series(1, length(t.token)) n GROUP BY 1 ORDER BY 1;
SELECT tenancy.bind(:'token_acme') = :'acme' AS still_good;
\i :suites/../fixtures/clear.sql
