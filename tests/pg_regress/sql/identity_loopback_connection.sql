-- Attack 9: a connection that a bound session opens back to the server (dblink, a foreign table, a program) is a session of
-- its own: without a tenant, whatever is bound in the first.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
\! $APP -c "SELECT count(*) FROM note" 2>&1
\! $APP -c "SHOW tenancy.session" -c "SELECT tenancy.current_tenant()" 2>&1
-- With the context written into the connection's options it isn't even opened.
\! PGOPTIONS="-c tenancy.session=(redacted)" $APP -c "SELECT 1" 2>&1 | sed 's/.*FATAL/FATAL/'
\! $APP -c "BEGIN" -c "SET LOCAL tenancy.session = '(redacted)'" -c "SELECT count(*) FROM note" 2>&1
-- What would open one: nothing of it is an application's to make.
CREATE EXTENSION plpgsql SCHEMA pg_catalog;
CREATE SERVER loopback FOREIGN DATA WRAPPER postgres_fdw;
CREATE USER MAPPING FOR CURRENT_USER SERVER loopback;
ROLLBACK;
CREATE SUBSCRIPTION loopback CONNECTION 'dbname=postgres' PUBLICATION p WITH (connect = false);
CREATE SERVER loopback FOREIGN DATA WRAPPER postgres_fdw;
COPY world.note TO PROGRAM 'cat';
COPY world.note FROM PROGRAM 'true';
COPY world.note TO '/tmp/note';
LOAD 'pg_tenancy';
\i :suites/../fixtures/clear.sql
