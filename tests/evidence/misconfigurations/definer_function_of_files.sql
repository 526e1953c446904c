-- check: definer_function
-- object: work.slurp(text)
-- Row security binds its owner, who reads what is below it.
CREATE ROLE clerk;
GRANT pg_read_server_files TO clerk;
GRANT EXECUTE ON FUNCTION pg_read_file(text) TO clerk;
CREATE FUNCTION work.slurp(text) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'SELECT pg_read_file($1)';
ALTER FUNCTION work.slurp(text) OWNER TO clerk;
