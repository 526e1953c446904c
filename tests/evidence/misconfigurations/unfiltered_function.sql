-- check: unfiltered_function
-- object: dblink
-- dblink's functions are everybody's to execute as it is installed; this stands for them.
CREATE FUNCTION work.dblink_connect(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
VALUES (99999, 'dblink', 10, 'work'::regnamespace, true, '1.2');
ALTER EXTENSION dblink ADD FUNCTION work.dblink_connect(text);
