-- check: foreign_server
-- object: far
CREATE FOREIGN DATA WRAPPER far;
GRANT USAGE ON FOREIGN DATA WRAPPER far TO app;
