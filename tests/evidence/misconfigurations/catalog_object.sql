-- check: catalog_object
-- object: now(text)
CREATE FUNCTION pg_catalog.now(text) RETURNS timestamptz LANGUAGE sql AS 'SELECT now()';
