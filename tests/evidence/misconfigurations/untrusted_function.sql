-- check: untrusted_function
-- object: work.slurp(text)
-- pg_read_file under another name.
CREATE FUNCTION work.slurp(text) RETURNS text LANGUAGE internal STRICT AS 'pg_read_file_all';
