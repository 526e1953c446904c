-- check: untrusted_function
-- object: inner_work.files(text)
-- A view asks for the right to execute its functions, but not for that to use their schema.
CREATE SCHEMA inner_work;
CREATE FUNCTION inner_work.files(text) RETURNS SETOF text LANGUAGE internal STRICT AS 'pg_ls_dir_1arg';
CREATE VIEW work.files AS SELECT * FROM inner_work.files('.') f (name);
GRANT SELECT ON work.files TO app;
