-- check: withheld_function
-- object: pg_read_file(text)
GRANT EXECUTE ON FUNCTION pg_read_file(text) TO app;
