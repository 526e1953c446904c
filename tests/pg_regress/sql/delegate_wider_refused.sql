-- Attack 49: a child key wider than its parent, in floor, capabilities or expiry, or delegated by a context that may not.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\i :suites/../fixtures/sign.sql
SELECT secret AS boss FROM tenancy.create_key('acme', 'boss', '{supervisor}', '{"team": "x"}', expires_at => '2999-01-01 00:00+00') \gset
SELECT secret AS agent FROM tenancy.create_key('acme', 'agent', '{agent}') \gset
SELECT secret AS manager FROM tenancy.create_key('acme', 'manager', '{manager}') \gset
SELECT secret AS only FROM tenancy.create_key('acme', 'only', '{key:delegate}') \gset
SELECT world.token(:'hs_secret', '{"tenancy_capabilities": "supervisor", "tenancy_scope": {"team": "x"}}') AS token,
       world.token(:'hs_secret', '{"tenancy_capabilities": "supervisor", "act": {"sub": "assistant"}}') AS acting \gset
\c - regress_world_app
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT tenancy.bind(:'boss') = :'acme' AS bound;
SELECT tenancy.delegate_key('k', scope_floor => '{"team": "y"}');
SELECT tenancy.delegate_key('k', '{manager}');
SELECT tenancy.delegate_key('k', expires_at => '2999-01-01 00:00:01+00');
\set VERBOSITY terse
SELECT what, world.attempt('SELECT tenancy.delegate_key(' || arguments || ')') AS answer FROM (VALUES
    ('contradiction', '''k'', scope_floor => ''{"user": "u", "team": "y"}'''),
    ('other case', '''k'', scope_floor => ''{"team": "X"}'''),
    ('list', '''k'', scope_floor => ''{"team": ["x", "y"]}'''),
    ('secret:read', '''k'', ''{read,secret:read}'''),
    ('unknown', '''k'', ''{read,fly}'''),
    ('none', '''k'', ''{}'''),
    ('NULL in list', '''k'', ''{NULL}'''),
    ('never', '''k'', expires_at => ''infinity'''),
    ('in the past', '''k'', expires_at => ''2001-01-01'''),
    ('NULL name', 'NULL'),
    ('too large together', '''k'', scope_floor => jsonb_build_object(''z'', repeat(''z'', 8180))')
) v (what, arguments);
\set VERBOSITY default
-- What the context was narrowed to counts, not what the key could.
SELECT tenancy.bind(:'boss', '{"scope": {"user": "u"}}') = :'acme' AS narrower;
SELECT world.attempt('SELECT tenancy.delegate_key(''k'', scope_floor => ''{"user": "v"}'')');
COMMIT;
-- Without key:delegate; with nothing else to give; under no context.
BEGIN;
SELECT tenancy.bind(:'agent') = :'acme' AS bound;
SELECT tenancy.delegate_key('k');
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.delegate_key('k', '{read}');
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'only') = :'acme' AS bound;
SELECT tenancy.delegate_key('k');
SELECT tenancy.delegate_key('k', '{read}');
ROLLBACK;
SELECT tenancy.delegate_key('k');
SET tenancy.unbound = 'empty';
SELECT tenancy.delegate_key('k');
RESET tenancy.unbound;
-- By a token, and on behalf of another, by a second credential or as a token says.
BEGIN;
SELECT tenancy.bind(:'token') = :'acme' AS bound;
SELECT tenancy.delegate_key('k', '{manager}');
SELECT tenancy.delegate_key('k', scope_floor => '{"team": "y"}');
SELECT tenancy.delegate_key('k', expires_at => '2999-01-01');
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'boss', jsonb_build_object('on_behalf_of', :'manager')) = :'acme' AS bound;
SELECT tenancy.delegate_key('k');
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'acting') = :'acme' AS bound;
SELECT tenancy.delegate_key('k');
ROLLBACK;
\c - :SUPERUSER
SELECT count(*) AS delegated FROM tenancy.api_key WHERE delegated_by IS NOT NULL OR name = 'k';
-- Nor is a chain as long as one likes.
CREATE PROCEDURE world.delegate_on(secret text) LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 2 .. 100 LOOP
        PERFORM tenancy.bind(secret);
        SELECT d.secret INTO secret FROM tenancy.delegate_key('link ' || n, '{read,key:delegate}') d;
        COMMIT;
    END LOOP;
END $$;
\c - regress_world_app
CALL world.delegate_on(:'boss');
\c - :SUPERUSER
SELECT count(*) + 1 AS keys FROM tenancy.api_key WHERE name LIKE 'link %';
\i :suites/../fixtures/clear.sql
