-- check: temporary_privilege
-- object: postgres
-- The default of Postgres.
GRANT TEMPORARY ON DATABASE postgres TO PUBLIC;
