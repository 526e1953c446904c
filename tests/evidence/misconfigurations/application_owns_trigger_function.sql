-- check: application_owns_surroundings
-- object: work.touch()
-- mended: ALTER FUNCTION work.touch() OWNER TO data_owner
ALTER FUNCTION work.touch() OWNER TO app;
