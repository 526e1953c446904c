-- check: definer_search_path
-- object: work.newest()
CREATE FUNCTION work.newest() RETURNS text LANGUAGE sql SECURITY DEFINER
    AS 'SELECT title FROM work.document ORDER BY changed_at DESC LIMIT 1';
ALTER FUNCTION work.newest() OWNER TO data_owner;
