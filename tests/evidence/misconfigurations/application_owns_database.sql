-- check: application_owns_surroundings
-- object: postgres
-- mended: ALTER DATABASE postgres OWNER TO data_owner
ALTER DATABASE postgres OWNER TO app;
