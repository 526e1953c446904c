-- Attack 24: what a pooled session still has from the tenant before. A context holds in its own transaction only.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\c - regress_world_app

-- A session-level SET outside and inside a transaction.
SET tenancy.session = :'token_acme';
SELECT world.attempt('SELECT count(*) FROM world.note');
SHOW tenancy.session;
BEGIN;
SET tenancy.session = :'token_acme';
SELECT count(*) FROM note;
COMMIT;
SELECT world.attempt('SELECT count(*) FROM world.note');
BEGIN;
SELECT world.attempt('SELECT count(*) FROM world.note');
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT body FROM note ORDER BY id;
-- The end of the SET LOCAL brings back the left-over, which is still dead.
COMMIT;
SELECT world.attempt('SELECT count(*) FROM world.note');
SELECT set_config('tenancy.session', :'token_acme', false);
SELECT world.attempt('SELECT count(*) FROM world.note');

-- Within a transaction, the left-over comes back after a function's SET clause, a savepoint, RESET and DISCARD: dead.
BEGIN;
SAVEPOINT here;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
ROLLBACK TO here;
SELECT world.attempt('SELECT count(*) FROM world.note');
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
RESET tenancy.session;
SELECT world.attempt('SELECT count(*) FROM world.note');
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
RESET ALL;
SELECT world.attempt('SELECT count(*) FROM world.note');
SET search_path = world, public;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SET tenancy.session TO DEFAULT;
SELECT world.attempt('SELECT count(*) FROM world.note');
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SET SESSION AUTHORIZATION DEFAULT;
RESET ROLE;
SELECT count(*) FROM note;
COMMIT;
SET tenancy.session = :'token_acme';
DISCARD ALL;
SHOW tenancy.session;
SELECT world.attempt('SELECT count(*) FROM world.note');

-- Attack 16: '' after SET LOCAL has ended is no tenant, neither by name nor as NULL.
BEGIN;
SET LOCAL tenancy.session = :'token_acme';
SELECT count(*) FROM world.note;
COMMIT;
SELECT current_setting('tenancy.session') = '' AS empty, world.attempt('SELECT count(*) FROM world.note');
SET tenancy.session = '';
SELECT world.attempt('SELECT count(*) FROM world.note');
SET tenancy.unbound = 'empty';
SELECT count(*) FROM world.note WHERE tenant_id IS NULL;
INSERT INTO world.note (id, body) VALUES (9, 'nobody''s');
INSERT INTO world.note (tenant_id, id, body) VALUES (NULL, 9, 'nobody''s');
INSERT INTO world.note (tenant_id, id, body) VALUES (:'acme', 9, 'forged');
UPDATE world.note SET body = 'forged';
DELETE FROM world.note;
\c - :SUPERUSER
SELECT count(*) AS rows_all_there FROM world.note;
\i :suites/../fixtures/clear.sql
