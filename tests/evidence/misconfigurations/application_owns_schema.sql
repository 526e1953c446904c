-- check: application_owns_surroundings
-- object: work
-- mended: ALTER SCHEMA work OWNER TO data_owner
ALTER SCHEMA work OWNER TO app;
