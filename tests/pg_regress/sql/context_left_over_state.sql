-- Attacks 28 to 30: what would outlive a tenant's transaction in a pooled session is refused, bound or not, at top level
-- and from PL/pgSQL.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\c - regress_world_app
\set bind 'SELECT tenancy.bind(:\'acme_key\') = :\'acme\' AS bound;'
SELECT array_agg(s) AS statements FROM unnest(ARRAY[
    'CREATE TEMP TABLE note (tenant_id uuid, id int, body text)',
    'CREATE TABLE pg_temp.note (tenant_id uuid, id int, body text)',
    'CREATE TEMP TABLE note AS SELECT 1',
    'SELECT 1 AS a INTO TEMP note',
    'CREATE TEMP VIEW note AS SELECT 1',
    'CREATE TEMP SEQUENCE note',
    'CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS ''SELECT 1''',
    'CREATE TYPE pg_temp.t AS (a int)',
    'CREATE DOMAIN pg_temp.d AS int',
    'CREATE OPERATOR pg_temp.=== (FUNCTION = int4pl, LEFTARG = int, RIGHTARG = int)',
    'CREATE AGGREGATE pg_temp.a (int) (SFUNC = int4pl, STYPE = int)',
    'PREPARE p AS SELECT 1',
    'LISTEN channel',
    'DECLARE c CURSOR WITH HOLD FOR SELECT 1',
    'SELECT pg_advisory_lock(1)',
    'SELECT pg_advisory_lock(1, 2)',
    'SELECT pg_advisory_lock_shared(1)',
    'SELECT pg_advisory_lock_shared(1, 2)',
    'SELECT pg_try_advisory_lock(1)',
    'SELECT pg_try_advisory_lock(1, 2)',
    'SELECT pg_try_advisory_lock_shared(1)',
    'SELECT pg_try_advisory_lock_shared(1, 2)',
    'SELECT lo_create(0)',
    'SELECT lo_creat(-1)',
    'SELECT lo_from_bytea(0, ''x'')',
    'EXPLAIN SELECT 1'
]) s \gset
CALL world.attempt_each(:'statements', :'statements');
BEGIN;
:bind
SELECT world.attempt('CREATE TEMP TABLE note (a int)'), world.attempt('LISTEN channel');
COMMIT;
-- By search_path.
SET search_path = pg_temp;
CREATE TABLE note (a int);
RESET search_path;
BEGIN;
:bind
PREPARE TRANSACTION 'left over';
ROLLBACK;
SELECT pg_backend_pid() AS pid \gset
\setenv PID :pid
\! $ADMIN -c "SELECT count(*) AS prepared FROM pg_prepared_xacts WHERE gid = 'left over'" -c "SELECT count(*) AS locks FROM pg_locks WHERE locktype = 'advisory' AND pid = $PID"
SELECT pg_my_temp_schema() AS temporary_schema;
SELECT count(*) AS cursors FROM pg_cursors WHERE name = 'c';
-- What ends with the transaction is allowed.
BEGIN;
:bind
SELECT pg_advisory_xact_lock(1);
DECLARE c CURSOR FOR SELECT body FROM note ORDER BY id;
FETCH 1 FROM c;
SELECT pg_notify('channel', 'x');
COMMIT;

-- A temporary table of a role that may: its session can bind no tenant.
\c - :SUPERUSER
CREATE ROLE regress_world_poisoner LOGIN;
\c - regress_world_poisoner
CREATE TEMP TABLE note (tenant_id uuid, id int, body text);
\! $ADMIN -c "GRANT tenancy_app TO regress_world_poisoner"
SELECT tenancy.bind(:'acme_key');
SET tenancy.session = :'token_acme';
SELECT tenancy.current_tenant();
BEGIN;
SET LOCAL tenancy.session = :'token_acme';
SELECT tenancy.current_tenant();
ROLLBACK;
\i :suites/../fixtures/clear.sql
