-- check: catalog_object
-- object: pg_catalog.=== (text, text)
CREATE OPERATOR pg_catalog.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq);
