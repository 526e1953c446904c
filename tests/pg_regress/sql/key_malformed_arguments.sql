-- create_key and revoke_key with arguments that are NULL, malformed or unknown: one clear error each, and no key.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
SELECT count(*) AS keys_before FROM tenancy.api_key \gset
SELECT array_agg(a ORDER BY n) AS arguments, array_agg('SELECT key_id FROM tenancy.create_key(' || a || ')' ORDER BY n) AS statements
FROM unnest(ARRAY[
    'NULL, ''n''',
    '''acme'', NULL',
    'NULL, NULL',
    '''nobody'', ''n''',
    ''''', ''n''',
    '''ACME'', ''n''',
    '''00000000-0000-4000-8000-000000000000'', ''n''',
    '''%'', ''n''',
    '''acme'', ''''',
    '''acme'', repeat(''n'', 257)',
    '''acme'', ''n'', NULL',
    '''acme'', ''n'', ''{}''',
    '''acme'', ''n'', ''{NULL}''',
    '''acme'', ''n'', ''{fly}''',
    '''acme'', ''n'', ''{read,fly}''',
    '''acme'', ''n'', ''{READ}''',
    '''acme'', ''n'', ''{""}''',
    '''acme'', ''n'', ''{" read"}''',
    '''acme'', ''n'', ''{read}'', ''[]''',
    '''acme'', ''n'', ''{read}'', ''null''',
    '''acme'', ''n'', ''{read}'', ''"team"''',
    '''acme'', ''n'', ''{read}'', ''{"team": ["a", "b"]}''',
    '''acme'', ''n'', ''{read}'', ''{"team": {"a": "b"}}''',
    '''acme'', ''n'', ''{read}'', ''{"team": null}''',
    '''acme'', ''n'', ''{read}'', ''{"team": 7}''',
    '''acme'', ''n'', ''{read}'', ''{"team": true}''',
    '''acme'', ''n'', ''{read}'', ''{"team": ""}''',
    '''acme'', ''n'', ''{read}'', ''{"": "a"}''',
    '''acme'', ''n'', ''{read}'', jsonb_build_object(''team'', repeat(''x'', 10000))',
    '''acme'', ''n'', ''{read}'', (SELECT jsonb_object_agg(n, ''x'') FROM generate_series(1, 65) n)',
    '''acme'', ''n'', ''{read}'', ''{"a": 1e400}''',
    '''acme'', ''n'', ''{read}'', (repeat(''['', 1000) || repeat('']'', 1000))::jsonb'
]) WITH ORDINALITY u (a, n) \gset
CALL world.attempt_each(:'arguments', :'statements');
SELECT count(*) = :keys_before AS no_key_made FROM tenancy.api_key;
-- Accepted: duplicates and presets are one set, a name has up to 256 characters, a scope floor of NULL is the whole tenant.
SELECT count(*) FROM tenancy.create_key('acme', 'x', '{read,read,reader,manager}', NULL, 'p');
SELECT count(*) FROM tenancy.create_key('acacacac-0000-4000-8000-000000000001', repeat('ñ', 256), '{reader}', '{"b": "2", "a": "1"}');
SELECT left(name, 10) AS name, left(principal, 10) AS principal, capabilities, scope_floor FROM tenancy.key_list
WHERE tenant = 'acme' AND name <> 'acme key' ORDER BY 1;
-- A key for a suspended tenant can be made, not bound.
SELECT secret AS sleeping FROM tenancy.create_key('initech', 'sleeping') \gset
SELECT tenancy.revoke_key(NULL);
SELECT tenancy.revoke_key('00000000-0000-4000-8000-000000000000');
SELECT tenancy.revoke_key('nonsense');
\c - regress_world_app
SELECT tenancy.bind(:'sleeping');
SELECT tenancy.bind(:'initech_key');
\i :suites/../fixtures/clear.sql
