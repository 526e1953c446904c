-- check: definer_function
-- object: work.totals()
-- Postgres lets everybody execute a new function.
CREATE FUNCTION work.totals() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'SELECT count(*) FROM work.document';
