-- check: definer_search_path
-- object: work.enter()
ALTER FUNCTION work.enter() SET search_path = pg_temp, work;
