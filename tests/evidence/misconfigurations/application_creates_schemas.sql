-- check: application_creates_objects
-- object: postgres
GRANT CREATE ON DATABASE postgres TO app;
