-- What a deadlock, a lock timeout and a cancelled statement say to the one who meets it: numbers of processes and of its own
-- rows, and nothing of the other tenant's statement.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE FUNCTION world.tell(name text, statement text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    state text;
    message text;
    detail text;
    context text;
BEGIN
    EXECUTE statement;
    RAISE INFO '%: nothing went wrong', name;
EXCEPTION WHEN others THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
                            context = PG_EXCEPTION_CONTEXT;
    RAISE INFO '%: % % [%] leaks: %', name, state, message, regexp_replace(detail, '\d+', 'N', 'g'),
        concat(message, detail, context) ~* 'globex|610be000';
END $$;
-- globex takes one lock and, a while later, waits for the other.
\setenv OTHER 'SELECT tenancy.bind($$GLOBEX_KEY$$); SELECT pg_advisory_xact_lock(8402); UPDATE note SET body = $$globex secret$$ WHERE id = 1; SELECT pg_advisory_xact_lock(8401)'
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT pg_advisory_xact_lock(8401);
\! $APP -c "BEGIN; $(echo "$OTHER" | sed "s/GLOBEX_KEY/$GLOBEX_KEY/"); COMMIT" >/dev/null 2>&1 &
\! n=0; until [ "$($ADMIN -c "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 8401 AND NOT granted")" = 1 ] || [ $n = 100 ]; do n=$((n + 1)); sleep 0.1; done; sleep 1.5
-- The other has looked for a deadlock already, so it is found here.
SELECT world.tell('deadlock', 'SELECT pg_advisory_xact_lock(8402)');
SET LOCAL lock_timeout = '100ms';
SELECT world.tell('lock timeout', 'SELECT pg_advisory_xact_lock(8402)');
SET LOCAL lock_timeout = 0;
SET LOCAL statement_timeout = '100ms';
UPDATE note SET body = body WHERE pg_sleep(1) IS NULL;
ROLLBACK;
\! n=0; until [ "$($ADMIN -c "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid IN (8401, 8402)")" = 0 ] || [ $n = 100 ]; do n=$((n + 1)); sleep 0.1; done
\i :suites/../fixtures/clear.sql
