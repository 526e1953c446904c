-- check: application_creates_objects
-- object: public
-- As every database made before Postgres 15 has it.
GRANT CREATE ON SCHEMA public TO PUBLIC;
