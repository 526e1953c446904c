-- Attack 36: a key that expires, before it is bound and while it is.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
SELECT secret AS short FROM tenancy.create_key('acme', 'short', expires_at => clock_timestamp() + interval '1.5 seconds') \gset
SELECT secret AS long, key_id AS long_id FROM tenancy.create_key('acme', 'long', expires_at => '2099-01-01') \gset
SELECT secret AS for_ever FROM tenancy.create_key('acme', 'for ever', expires_at => 'infinity') \gset
SELECT tenancy.create_key('acme', 'past', expires_at => '2001-01-01');
SELECT tenancy.create_key('acme', 'past', expires_at => '-infinity');
SELECT tenancy.create_key('acme', 'now', expires_at => now());
\c - regress_world_app
SELECT tenancy.bind(:'for_ever') = :'acme' AS bound;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT tenancy.bind(:'short') = :'acme' AS bound;
SELECT count(*) FROM note;
SELECT tenancy.context() ->> 'expires_at' IS NOT NULL AS expires;
DECLARE c CURSOR FOR SELECT body FROM note WHERE id > 0;
FETCH 1 FROM c;
SAVEPOINT here;
SELECT FROM pg_sleep(1.6);
ROLLBACK TO here;
SELECT count(*) FROM note;
ROLLBACK TO here;
FETCH 1 FROM c;
ROLLBACK TO here;
SELECT tenancy.bind(:'short');
ROLLBACK;
SELECT tenancy.bind(:'short');
-- An earlier expiry written while bound.
BEGIN;
SELECT tenancy.bind(:'long') = :'acme' AS bound;
\setenv KEY :long_id
\! $ADMIN -c "UPDATE tenancy.api_key SET expires_at = now() WHERE key_id = '$KEY'"
SELECT count(*) FROM note;
ROLLBACK;
\i :suites/../fixtures/clear.sql
