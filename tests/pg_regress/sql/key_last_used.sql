-- When a key was used last: shown at once, written down by maintain at most once a minute a key, and never by bind.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
SELECT key_id AS used_id, secret AS used FROM tenancy.create_key('acme', 'used') \gset
SELECT key_id AS second_id, secret AS second FROM tenancy.create_key('acme', 'second') \gset
SELECT key_id AS failed_id, secret AS failed FROM tenancy.create_key('acme', 'failed') \gset
SELECT tenancy.create_key('acme', 'unused') IS NOT NULL AS made;
SELECT tenancy.revoke_key(:'failed_id');
\set ask 'SELECT name, last_used_at > now() - interval \'1 minute\' AS just_now, last_used_at > clock_timestamp() AS in_future, (SELECT count(*) FROM tenancy.key_use u WHERE u.key_id = k.key_id) AS written FROM tenancy.key_list k WHERE name IN (\'used\', \'second\', \'failed\', \'unused\') ORDER BY name;'
:ask
\c - regress_world_app
-- In a transaction that is read-only and rolled back; a bind that fails is no use.
BEGIN READ ONLY;
SELECT tenancy.bind(:'used') = :'acme' AS bound;
ROLLBACK;
SELECT tenancy.bind(:'failed');
SELECT tenancy.key_last_used(:'used_id');
SELECT tenancy.maintain();
SELECT * FROM tenancy.key_use;
\c - regress_world_admin
:ask
SELECT count(*) AS written FROM tenancy.key_use;
SELECT tenancy.maintain() -> 'key_uses_written' AS written;
:ask
SELECT tenancy.maintain() -> 'key_uses_written' AS again;
-- Used again within the minute, it is not written again; a minute later it is.
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'used', jsonb_build_object('on_behalf_of', :'second')) = :'acme' AS bound;
COMMIT;
\c - regress_world_admin
:ask
SELECT tenancy.maintain() -> 'key_uses_written' AS only_second;
UPDATE tenancy.key_use SET last_used_at = last_used_at - interval '30 seconds' WHERE key_id = :'used_id';
SELECT tenancy.maintain() -> 'key_uses_written' AS half_a_minute;
UPDATE tenancy.key_use SET last_used_at = last_used_at - interval '31 seconds' WHERE key_id = :'used_id';
SELECT tenancy.maintain() -> 'key_uses_written' AS a_minute;
-- What was written counts after a restart, when nothing is remembered: the later of the two.
UPDATE tenancy.key_use SET last_used_at = now() + interval '1 hour' WHERE key_id = :'second_id';
SELECT name, last_used_at > now() + interval '59 minutes' AS as_written FROM tenancy.key_list WHERE name IN ('used', 'second') ORDER BY name;
SELECT tenancy.maintain() -> 'key_uses_written' AS none;
-- Bound for every request, a key is written once.
\c - regress_world_app
SELECT count(*) AS bound FROM generate_series(1, 1000) WHERE tenancy.bind(:'used') IS NOT NULL;
\c - regress_world_admin
SELECT tenancy.maintain() -> 'key_uses_written' AS none;
-- With the key goes its record.
\c - :SUPERUSER
DELETE FROM tenancy.api_key WHERE key_id = :'used_id';
SELECT tenancy.maintain() -> 'key_uses_written' AS none;
SELECT count(*) FROM tenancy.key_use WHERE key_id = :'used_id';
DELETE FROM tenancy.tenant WHERE slug = 'acme';
SELECT count(*) FROM tenancy.key_use;
SELECT tenancy.key_last_used(NULL) IS NULL AS of_null, tenancy.key_last_used('00000000-0000-0000-0000-000000000000') IS NULL AS of_nobody;
\i :suites/../fixtures/clear.sql
