-- check: definer_search_path
-- object: work.newest()
-- Without pg_temp in the list, temporary tables are looked for first.
CREATE FUNCTION work.newest() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, "work"
    AS 'SELECT title FROM document ORDER BY changed_at DESC LIMIT 1';
ALTER FUNCTION work.newest() OWNER TO data_owner;
