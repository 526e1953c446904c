-- Attack 34: seals that are forged, truncated, extended or changed in a bit. (A genuine one cannot be had in SQL:
-- context_credential_redacted shows every way closed. That a genuine seal is refused in another backend, transaction or
-- database is tested in the core.)
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\c - regress_world_app
-- What a session can get of its own setting is not a seal.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT current_setting('tenancy.session') AS seal \gset
SELECT set_config('tenancy.session', :'seal', true);
ROLLBACK;
SELECT set_config('tenancy.session', :'seal', false);
SELECT tenancy.bind(:'seal');
\c - :SUPERUSER
-- What a forger can make: a context shaped as the documentation says, of this backend, sealed without the key.
CREATE FUNCTION world.base64url(bytea) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT rtrim(translate(replace(encode($1, 'base64'), E'\n', ''), '+/', '-_'), '=') $$;
CREATE FUNCTION world.forged(tag bytea) RETURNS text LANGUAGE sql AS $$
    SELECT 'ts1.' || world.base64url(
        '\x01000e00'::bytea || int4send(0) || int4send(pg_backend_pid()) || int4send(1) || int4send(1) || int4send(3)
        || int8send(0) || uuid_send('acacacac-0000-4000-8000-000000000001') || uuid_send('acacacac-0000-4000-8000-000000000001')
        || decode(repeat('24000000', 9), 'hex') || convert_to('acacacac-0000-4000-8000-000000000001', 'UTF8') || '{}'::bytea || '{}'::bytea || $1) $$;
\c - regress_world_app
SELECT array_agg(name ORDER BY n) AS names, array_agg(format('SELECT set_config(''tenancy.session'', %L, true)', seal) ORDER BY n) AS settings,
       array_agg(format('SELECT tenancy.bind(%L)', seal) ORDER BY n) AS binds
FROM (VALUES
    (1, 'the prefix alone', 'ts1.'),
    (2, 'another version', 'ts2.AAAA'),
    (3, 'upper case', 'TS1.AAAA'),
    (4, 'too short for a tag', 'ts1.AAAA'),
    (5, 'a tag of zeros and no context', 'ts1.' || repeat('A', 43)),
    (6, 'zeros', 'ts1.' || repeat('A', 400)),
    (7, 'stray bits at the end', 'ts1.' || repeat('A', 42) || 'B'),
    (8, 'padding', 'ts1.' || repeat('A', 43) || '='),
    (9, 'white space', 'ts1. ' || repeat('A', 43)),
    (10, 'another alphabet', 'ts1.' || repeat('+/', 40)),
    (11, 'a context with a tag of zeros', world.forged(decode(repeat('00', 32), 'hex'))),
    (12, 'a context with its plain digest', world.forged(sha256('\x01'))),
    (13, 'a context without a tag', world.forged('')),
    (14, 'a token behind the prefix', 'ts1.' || :'token_acme'),
    (15, 'one megabyte', 'ts1.' || repeat('A', 1048576))
) v (n, name, seal) \gset
CALL world.attempt_each(:'names', :'settings');
CALL world.attempt_each(:'names', :'binds');
SELECT world.attempt('SELECT count(*) FROM world.note');
\i :suites/../fixtures/clear.sql
