-- Attack 1: a login that row security doesn't bind. Isolation would only look enforced, so bind refuses, by key and by
-- token, although the role is granted tenancy_app.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE ROLE regress_world_super LOGIN SUPERUSER IN ROLE tenancy_app;
CREATE ROLE regress_world_bypass LOGIN BYPASSRLS IN ROLE tenancy_app;
CREATE ROLE regress_world_replication LOGIN REPLICATION IN ROLE tenancy_app;
CREATE ROLE regress_world_reader LOGIN IN ROLE tenancy_app, pg_read_server_files;
CREATE ROLE regress_world_writer LOGIN IN ROLE tenancy_app, pg_write_server_files;
CREATE ROLE regress_world_runner LOGIN IN ROLE tenancy_app, pg_execute_server_program;
CREATE ROLE regress_world_data LOGIN IN ROLE tenancy_app, pg_read_all_data, pg_write_all_data;
GRANT USAGE ON SCHEMA world TO PUBLIC;
\pset format unaligned
\pset tuples_only on
\set try_key 'SELECT world.attempt(format(\'SELECT tenancy.bind(%L)\', :\'acme_key\'));'
\set try_token 'SELECT set_config(\'tenancy.session\', :\'token_acme\', true) AS token, world.attempt(\'SELECT tenancy.current_tenant()\'), world.attempt(\'SELECT tenancy.context()\');'

\c - regress_world_super
:try_key
:try_token
SELECT tenancy.bind(:'acme_key');
\c - regress_world_bypass
:try_key
:try_token
\c - regress_world_replication
:try_key
:try_token
\c - regress_world_reader
:try_key
:try_token
\c - regress_world_writer
:try_key
:try_token
\c - regress_world_runner
:try_key
:try_token
-- Reading and writing all data does not bypass row security; but the extension's own tables have none, and keys are written there.
\c - regress_world_data
BEGIN;
:try_key
SELECT body FROM world.note ORDER BY id;
ROLLBACK;
SELECT world.attempt('SELECT count(*) FROM world.note');
-- The superuser that installed the extension, and a role nobody granted anything.
\c - :SUPERUSER
:try_key
\c - regress_world_plain
:try_key
-- A role that becomes exempt while its session lives: refused from the next transaction.
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
COMMIT;
\! $ADMIN -c "ALTER ROLE regress_world_app BYPASSRLS"
:try_key
:try_token
\! $ADMIN -c "ALTER ROLE regress_world_app NOBYPASSRLS"
:try_key
\i :suites/../fixtures/clear.sql
