-- Commands that no event trigger sees, as they are about the server and not a database: roles, settings, labels, large objects. A
-- tenant's session has none of them, not even as a member of the owner. Nor may it ask about other sessions.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
SELECT lo_create(900001) AS made;
SECURITY LABEL ON TABLE world.note IS 'secret';
-- Event triggers do see what else changes an owner.
CREATE ROLE regress_world_exempt BYPASSRLS;
REASSIGN OWNED BY regress_world_owner TO regress_world_exempt;
REASSIGN OWNED BY regress_world_owner TO regress_world_app;
GRANT regress_world_owner TO regress_world_app;
GRANT SELECT, UPDATE ON LARGE OBJECT 900001 TO PUBLIC;
\c - regress_world_app
\set VERBOSITY terse
CREATE ROLE regress_world_mine;
ALTER ROLE CURRENT_USER SET row_security = off;
ALTER ROLE regress_world_app IN DATABASE postgres SET search_path = x;
GRANT regress_world_app TO regress_world_plain;
COMMENT ON ROLE regress_world_app IS 'x';
SECURITY LABEL ON ROLE regress_world_app IS 'x';
SECURITY LABEL ON TABLE note IS 'x';
SECURITY LABEL ON LARGE OBJECT 900001 IS 'x';
ALTER LARGE OBJECT 900001 OWNER TO CURRENT_USER;
GRANT ALL ON LARGE OBJECT 900001 TO PUBLIC;
REASSIGN OWNED BY regress_world_owner TO regress_world_app;
DROP OWNED BY regress_world_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_world_owner GRANT SELECT ON TABLES TO PUBLIC;
ALTER SYSTEM SET work_mem = '1GB';
ALTER DATABASE postgres SET work_mem = '1GB';
CREATE DATABASE regress_world;
CREATE TABLESPACE regress_world LOCATION '/tmp';
DROP TABLESPACE pg_default;
CHECKPOINT;
CLUSTER note;
REINDEX TABLE note;
VACUUM note;
ANALYZE note;
-- Large objects, by every function.
SELECT lo_get(900001);
SELECT lo_put(900001, 0, 'x');
SELECT lo_open(900001, 393216);
SELECT lo_from_bytea(0, 'x');
SELECT lo_unlink(900001);
SELECT loid FROM pg_largeobject;
-- And by the protocol's call of a function, which is no statement.
\lo_export 900001 /dev/null
\lo_unlink 900001
\lo_import /dev/null
-- Other sessions.
SELECT pg_blocking_pids(pg_backend_pid());
SELECT pg_safe_snapshot_blocking_pids(pg_backend_pid());
SELECT pg_isolation_test_session_is_blocked(pg_backend_pid(), '{}');
SELECT pg_last_committed_xact();
SELECT count(*) FROM pg_locks;
SELECT count(*) FROM pg_prepared_xacts;
SELECT pg_cancel_backend(pg_backend_pid());
SELECT pg_terminate_backend(pg_backend_pid());
-- Which blocks of which tables anybody has changed (Postgres 17 and later).
SELECT left(world.attempt('SELECT count(*) FROM pg_wal_summary_contents(1, ''0/0'', ''0/1'')'), 5) IN ('42501', '42883') AS refused;
\c - :SUPERUSER
SELECT lo_unlink(900001);
\i :suites/../fixtures/clear.sql
