-- Attack 33: credentials in statements, messages and parameters must not reach the server's log.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\c - :SUPERUSER
-- What the log holds of a text, whichever way the server was started.
CREATE FUNCTION world.logged(wanted text) RETURNS boolean LANGUAGE sql
    AS $$SELECT position(wanted IN pg_read_file('server.log')) > 0$$;
\c - regress_world_app
\set VERBOSITY terse
-- In the statement of an error.
SELECT tenancy.bind(:'acme_key') AS "error with marker one", no_such_column;
SET tenancy.session = :'acme_key' /* marker two */;
SET LOCAL tenancy.session = :'token_globex' /* marker three */, no_such_value;
-- In a message.
DO $$ BEGIN RAISE LOG 'marker four: %', 'tk_abcdefghijklmnopqrstuvwxyz234567'; END $$;
DO $$ BEGIN RAISE LOG 'marker five: %', 'no credential here'; END $$;
\c - :SUPERUSER
SELECT world.logged(:'acme_key') AS key, world.logged(substr(:'acme_key', 1, 40)) AS part_of_key, world.logged(:'token_globex') AS token,
       world.logged('tk_abcdefghijklmnopqrstuvwxyz234567') AS in_message;
-- The log is the right one, and what is no credential is kept.
SELECT world.logged('marker four: tk_(redacted)') AS four, world.logged('marker five: no credential here') AS five;
\i :suites/../fixtures/clear.sql
