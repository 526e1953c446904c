-- rotate_key: the successor has the same rights; the old key works for the overlap and no longer.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
SELECT key_id AS k1, secret AS s1 FROM tenancy.create_key('acme', 'service', '{agent}', '{"team": "blue"}', 'robot 7') \gset
SELECT key_id AS k2, secret AS s2 FROM tenancy.rotate_key(:'k1') \gset
SELECT key_id AS k3, secret AS s3 FROM tenancy.rotate_key(:'k2', '0') \gset
SELECT :'k1' <> :'k2' AND :'s1' <> :'s2' AND :'k2' <> :'k3' AS distinct;
SELECT name, principal, capabilities, scope_floor, status, expires_at - created_at < interval '61 minutes' AS expires, rotated_from = :'k1' AS from_first, rotated_from = :'k2' AS from_second
FROM tenancy.key_list WHERE name = 'service' ORDER BY created_at, rotated_from NULLS FIRST;
\c - regress_world_app
SELECT world.attempt(format('SELECT tenancy.bind(%L)', :'s1')) AS old_in_overlap;
SELECT world.attempt(format('SELECT tenancy.bind(%L)', :'s2')) AS old_without_overlap;
SELECT world.attempt(format('SELECT tenancy.bind(%L)', :'s3')) AS newest;
BEGIN;
SELECT tenancy.bind(:'s3') = :'acme' AS bound;
SELECT tenancy.context() ->> 'principal' AS principal, tenancy.current_scope(), tenancy.context() -> 'capabilities' AS capabilities;
COMMIT;
-- Rotated without overlap while bound: the old key's session ends.
BEGIN;
SELECT tenancy.bind(:'s3') = :'acme' AS bound;
\setenv KEY :k3
\! $ADMIN -c "SELECT secret LIKE 'tk\_%' FROM tenancy.rotate_key('$KEY', '0')"
SELECT count(*) FROM note;
ROLLBACK;
-- What can't be rotated.
\c - :SUPERUSER
SELECT key_id AS dead FROM tenancy.create_key('acme', 'dead') \gset
SELECT tenancy.revoke_key(:'dead');
SELECT world.attempt(format('SELECT tenancy.rotate_key(%L)', :'dead')) ~ '^22023 key [0-9a-f-]+ does not exist, is revoked or expired' AS revoked;
SELECT world.attempt(format('SELECT tenancy.rotate_key(%L)', :'k2')) ~ '^22023 key [0-9a-f-]+ does not exist, is revoked or expired' AS expired;
SELECT tenancy.rotate_key('00000000-0000-4000-8000-000000000000');
SELECT tenancy.rotate_key(NULL);
SELECT world.attempt(format('SELECT tenancy.rotate_key(%L, NULL)', :'k1'));
SELECT world.attempt(format('SELECT tenancy.rotate_key(%L, ''-1 second'')', :'k1')) ~ '^22023 .* the overlap is negative' AS negative;
-- An overlap never prolongs a key.
SELECT key_id AS k4 FROM tenancy.create_key('acme', 'short', expires_at => now() + interval '10 minutes') \gset
SELECT count(*) FROM tenancy.rotate_key(:'k4', '100 years');
SELECT name, expires_at < now() + interval '11 minutes' AS not_prolonged, rotated_from IS NOT NULL AS successor FROM tenancy.key_list WHERE name = 'short' ORDER BY 3;
\i :suites/../fixtures/clear.sql
