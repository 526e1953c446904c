-- An extension that keeps statistics of statements keeps those of all tenants, with their literals where it does not take them out.
-- It is known by the names of its functions; a stand-in has them here, as the extension itself is not everywhere.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE SCHEMA statements;
CREATE FUNCTION statements.pg_stat_statements(showtext boolean, OUT query text, OUT calls bigint) RETURNS SETOF record LANGUAGE sql
    AS $$ VALUES ('SELECT ''globex secret''', 1::bigint) $$;
CREATE FUNCTION statements.pg_stat_statements_info(OUT dealloc bigint) LANGUAGE plpgsql AS 'BEGIN dealloc := 1; END';
CREATE FUNCTION statements.pg_stat_statements_reset() RETURNS void LANGUAGE sql AS '';
CREATE VIEW statements.pg_stat_statements AS SELECT * FROM statements.pg_stat_statements(true);
GRANT USAGE ON SCHEMA statements TO regress_world_app, regress_world_plain;
GRANT SELECT ON statements.pg_stat_statements TO regress_world_app, regress_world_plain;
\c - regress_world_plain
-- The control.
SELECT query FROM statements.pg_stat_statements;
\c - regress_world_app
SELECT query FROM statements.pg_stat_statements;
SELECT * FROM statements.pg_stat_statements(true);
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT query FROM statements.pg_stat_statements;
ROLLBACK;
SELECT statements.pg_stat_statements_info();
SELECT statements.pg_stat_statements_reset();
DO $$ BEGIN PERFORM query FROM statements.pg_stat_statements; END $$;
\c - :SUPERUSER
SET client_min_messages = warning;
DROP SCHEMA statements CASCADE;
\i :suites/../fixtures/clear.sql
