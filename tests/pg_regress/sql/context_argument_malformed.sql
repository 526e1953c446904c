-- bind's context argument: whatever is wrong with it is one clear error and leaves nothing bound.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\c - regress_world_app
SELECT array_agg(name ORDER BY n) AS names, array_agg(format('SELECT tenancy.bind(%L, %s)', :'acme_key', argument) ORDER BY n) AS by_key,
       array_agg(format('SELECT tenancy.bind(%L, %s)', :'token_acme', argument) ORDER BY n) AS by_token
FROM unnest(
    ARRAY['null', 'empty', 'array', 'number', 'string', 'json null', 'unknown member', 'tenant', 'capabilities', 'scope', 'capital letters', 'empty name',
        'user_id number', 'user_id null', 'user_id empty', 'user_id', 'user_id twice', 'user_id long', 'correlation_id list', 'correlation_id', 'roles string', 'roles numbers', 'roles null inside',
        'roles empty', 'roles', 'roles many', 'claims list', 'claims with list', 'claims with object', 'claims with null', 'claims empty', 'metadata string', 'metadata list',
        'metadata', 'metadata 60 kB', 'metadata 1 MB', 'metadata deep', 'metadata very deep', 'metadata many members', 'number too large for a double', 'number with many digits', 'claim too large for a double', 'control characters', 'quotes'],
    ARRAY['NULL', '''{}''', '''[]''', '''1''', '''"x"''', '''null''', '''{"usre_id": "a"}''', '''{"tenant_id": "globex"}''', '''{"capabilities": ["read"]}''', '''{"scope": {"team": ["x"]}}''',
        '''{"USER_ID": "a"}''', '''{"": "a"}''',
        '''{"user_id": 1}''', '''{"user_id": null}''', '''{"user_id": ""}''', '''{"user_id": "a"}''', '''{"user_id": "a", "user_id": "b"}''', 'jsonb_build_object(''user_id'', repeat(''u'', 100000))',
        '''{"correlation_id": []}''', '''{"correlation_id": "c"}''', '''{"roles": "editor"}''', '''{"roles": [1]}''', '''{"roles": ["a", null]}''',
        '''{"roles": []}''', '''{"roles": ["a", "b"]}''', '(SELECT jsonb_build_object(''roles'', jsonb_agg(''role '' || n)) FROM generate_series(1, 20000) n)',
        '''{"claims": []}''', '''{"claims": {"a": [1]}}''', '''{"claims": {"a": {}}}''', '''{"claims": {"a": null}}''', '''{"claims": {}}''', '''{"metadata": "x"}''', '''{"metadata": []}''',
        '''{"metadata": {"a": {"b": [1, 2.5, true, null]}}}''', 'jsonb_build_object(''metadata'', jsonb_build_object(''a'', repeat(''m'', 60000)))',
        'jsonb_build_object(''metadata'', jsonb_build_object(''a'', repeat(''m'', 1048576)))',
        '(''{"metadata": {"a": '' || repeat(''['', 50) || repeat('']'', 50) || ''}}'')::jsonb', '(''{"metadata": {"a": '' || repeat(''['', 5000) || repeat('']'', 5000) || ''}}'')::jsonb',
        '(SELECT jsonb_build_object(''metadata'', jsonb_object_agg(''member '' || n, n)) FROM generate_series(1, 50000) n)',
        '''{"metadata": {"a": 1e400}}''', '(''{"metadata": {"a": '' || repeat(''9'', 2000) || ''}}'')::jsonb', '''{"claims": {"a": 1e400}}''',
        '''{"user_id": "a\u0001\n"}''', '''{"user_id": "a''''\"; DROP TABLE world.note; --"}''']
) WITH ORDINALITY u (name, argument, n) \gset
CALL world.attempt_each(:'names', :'by_key');
CALL world.attempt_each(:'names', :'by_token');
-- Nothing half-done.
BEGIN;
SELECT world.attempt(format('SELECT tenancy.bind(%L, ''{"roles": 1}'')', :'acme_key'));
SELECT world.attempt('SELECT count(*) FROM world.note');
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
COMMIT;
\i :suites/../fixtures/clear.sql
