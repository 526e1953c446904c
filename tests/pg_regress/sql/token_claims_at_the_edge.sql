-- Rightly signed tokens whose claims are at the edge of what is accepted, or over it; and one that expires while bound.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
ALTER SYSTEM SET tenancy.jwt_leeway = 0;
SELECT pg_reload_conf();
\setenv SETTING tenancy.jwt_leeway
\setenv VALUE 0
\! eval "$AWAIT"
CREATE FUNCTION world.base64url(bytea) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT rtrim(translate(replace(encode($1, 'base64'), E'\n', ''), '+/', '-_'), '=') $$;
CREATE FUNCTION world.pad(key bytea, mask int) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE block bytea := substr(key || decode(repeat('00', 64), 'hex'), 1, 64);
BEGIN
    FOR i IN 0 .. 63 LOOP block := set_byte(block, i, get_byte(block, i) # mask); END LOOP;
    RETURN block;
END $$;
CREATE FUNCTION world.signed(secret text, header text, claims text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT s || '.' || world.base64url(sha256(world.pad(decode(secret, 'hex'), 92) || sha256(world.pad(decode(secret, 'hex'), 54) || convert_to(s, 'UTF8'))))
    FROM (SELECT world.base64url(convert_to(header, 'UTF8')) || '.' || world.base64url(convert_to(claims, 'UTF8'))) x (s) $$;
CREATE FUNCTION world.token(secret text, claims jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT world.signed(secret, '{"alg": "HS256", "kid": "hs"}',
        ('{"iss": "https://issuer.test", "aud": "pg_tenancy_test", "tenant_id": "acme", "exp": 4070908800}'::jsonb || claims)::text) $$;
\c - regress_world_app
SELECT array_agg(c ORDER BY n) AS names, array_agg(format('SELECT tenancy.bind(%L)', world.token(:'hs_secret', c::jsonb)) ORDER BY n) AS binds,
       array_agg(format('SELECT set_config(''tenancy.session'', %L, true)', world.token(:'hs_secret', c::jsonb)) ORDER BY n) AS settings
FROM unnest(ARRAY[
    '{}',
    '{"exp": 0}', '{"exp": -1}', '{"exp": 4070908800.75}', '{"exp": 1e11}', '{"exp": 253402300799}', '{"exp": 253402300800}', '{"exp": 1e400}',
    '{"exp": 9223372036854775808}', '{"exp": true}', '{"exp": null}', '{"exp": [4070908800]}',
    '{"nbf": 0}', '{"nbf": -1}', '{"nbf": "0"}', '{"nbf": null}', '{"nbf": 4070908800}', '{"iat": 4070908800}', '{"iat": "now"}',
    '{"aud": []}', '{"aud": ""}', '{"aud": ["pg_tenancy_test", 1]}', '{"aud": {"pg_tenancy_test": 1}}', '{"aud": "pg_tenancy_test "}', '{"aud": "PG_TENANCY_TEST"}', '{"aud": ["x", "pg_tenancy_test"]}',
    '{"iss": null}', '{"iss": ["https://issuer.test"]}', '{"iss": "https://issuer.test/"}', '{"iss": "HTTPS://issuer.test"}',
    '{"tenant_id": "ACME"}', '{"tenant_id": " acme"}', '{"tenant_id": "acme\n"}', '{"tenant_id": 1}', '{"tenant_id": 900001}', '{"tenant_id": "900001"}', '{"tenant_id": true}', '{"tenant_id": {"id": "acme"}}',
    '{"tenant_id": "ACACACAC-0000-4000-8000-000000000001"}', '{"tenant_id": "acacacac000040008000000000000001"}', '{"tenant_id": "{acacacac-0000-4000-8000-000000000001}"}',
    '{"tenant_id": "00000000-0000-0000-0000-000000000000"}', '{"tenant_id": "acme'' OR true --"}', '{"tenant_id": "%"}', '{"tenant_id": "ac\u200bme"}',
    '{"sub": 7}', '{"sub": null}', '{"sub": ""}', '{"sub": ["a"]}', '{"roles": "a b"}', '{"roles": ["a", 1]}', '{"roles": {}}', '{"roles": null}', '{"roles": []}', '{"roles": [""]}',
    '{"tenancy_capabilities": []}', '{"tenancy_capabilities": ""}', '{"tenancy_capabilities": null}', '{"tenancy_capabilities": "manager"}', '{"tenancy_capabilities": ["READ"]}', '{"tenancy_capabilities": 63}',
    '{"tenancy_scope": null}', '{"tenancy_scope": "team"}', '{"tenancy_scope": {"team": null}}', '{"tenancy_scope": {"team": ""}}', '{"tenancy_scope": {"": "a"}}', '{"tenancy_scope": {"team": 1}}',
    '{"correlation_id": 1}', '{"correlation_id": "c"}', '{"other": {"nested": [1, {"a": null}]}}', '{"other": 12345678901234567890.5}', '{"__proto__": {"tenant_id": "globex"}}'
]) WITH ORDINALITY u (c, n) \gset
CALL world.attempt_each(:'names', :'binds');
SELECT n AS differs, b AS by_bind, s AS by_setting
FROM (SELECT n, world.attempt(b) AS b, world.attempt(s) AS s FROM unnest(:'names'::text[], :'binds'::text[], :'settings'::text[]) u (n, b, s) OFFSET 0) a
WHERE s ~ '^[0-9A-Z]{5} ' AND s <> b AND s !~ 'another tenant';
-- Long ones.
SELECT array_agg(what ORDER BY n) AS names, array_agg(format('SELECT tenancy.bind(%L)', world.token(:'hs_secret', claims)) ORDER BY n) AS binds FROM (VALUES
    (1, '512 characters of sub', jsonb_build_object('sub', repeat('s', 512))),
    (2, '513', jsonb_build_object('sub', repeat('s', 513))),
    (3, '128 characters of tenant', jsonb_build_object('tenant_id', repeat('t', 128))),
    (4, '129', jsonb_build_object('tenant_id', repeat('t', 129))),
    (5, '256 roles', (SELECT jsonb_build_object('roles', jsonb_agg('r' || n)) FROM generate_series(1, 256) n)),
    (6, '257', (SELECT jsonb_build_object('roles', jsonb_agg('r' || n)) FROM generate_series(1, 257) n)),
    (7, '500 claims', (SELECT jsonb_object_agg('claim' || n, n) FROM generate_series(1, 500) n)),
    (8, '20 kB', jsonb_build_object('x', repeat('x', 20000)))
) v (n, what, claims) \gset
CALL world.attempt_each(:'names', :'binds');
-- The header.
SELECT header, world.attempt(format('SELECT tenancy.bind(%L)', world.signed(:'hs_secret', header, '{"iss": "https://issuer.test", "aud": "pg_tenancy_test", "tenant_id": "acme", "exp": 4070908800}'))) AS answer
FROM unnest(ARRAY['{"alg": "HS256", "kid": "hs", "typ": "at+JWT"}', '{"alg": "hs256", "kid": "hs"}', '{"alg": "HS512", "kid": "hs"}', '{"alg": ["HS256"], "kid": "hs"}', '{"alg": "HS256", "kid": null}', '{"alg": "HS256", "kid": 1}', '{"alg": "HS256", "kid": ""}',
    '{"alg": "HS256", "kid": "rs"}', '{"alg": "RS256", "kid": "rs"}', '{"alg": "HS256", "kid": "../../dev/null"}', '{"alg": "HS256", "kid": "hs", "crit": []}', '{"alg": "HS256", "kid": "hs", "b64": false}', '{"kid": "hs"}', '["HS256"]', '"HS256"', '']) header;

-- A token that expires while bound, by bind and by the setting. Whole seconds: what is left of one may be little.
SELECT extract(epoch FROM clock_timestamp())::bigint + 2 AS soon \gset
SELECT world.token(:'hs_secret', jsonb_build_object('exp', :soon)) AS short \gset
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT tenancy.bind(:'short') = :'acme' AS bound;
SELECT count(*) FROM note;
SAVEPOINT here;
SELECT world.attempt('SELECT pg_sleep(greatest(0, ' || :soon || ' - extract(epoch FROM clock_timestamp())) + 0.1)') AS slept;
SELECT count(*) FROM note;
ROLLBACK TO here;
SELECT tenancy.bind(:'short');
ROLLBACK TO here;
SET LOCAL tenancy.session = :'short';
ROLLBACK;
\c - :SUPERUSER
ALTER SYSTEM RESET tenancy.jwt_leeway;
SELECT pg_reload_conf();
\setenv VALUE 30s
\! eval "$AWAIT"
\i :suites/../fixtures/clear.sql
