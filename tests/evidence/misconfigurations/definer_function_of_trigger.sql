-- check: definer_function
-- object: work.enter()
-- Nobody may call it, and the trigger runs it all the same.
ALTER FUNCTION work.enter() OWNER TO postgres;
REVOKE ALL ON FUNCTION work.enter() FROM PUBLIC;
