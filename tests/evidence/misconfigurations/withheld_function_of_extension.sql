-- check: withheld_function
-- object: work.page_of(text)
-- As an extension of another maker has it, and GRANT … ON ALL FUNCTIONS IN SCHEMA undoes.
CREATE FUNCTION work.page_of(text) RETURNS bytea LANGUAGE sql AS 'SELECT ''''::bytea';
REVOKE ALL ON FUNCTION work.page_of(text) FROM PUBLIC;
INSERT INTO pg_init_privs SELECT oid, 'pg_proc'::regclass, 0, 'e', proacl FROM pg_proc WHERE proname = 'page_of';
ALTER EXTENSION plpgsql ADD FUNCTION work.page_of(text);
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA work TO app;
