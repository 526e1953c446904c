-- check: publication
-- object: warehouse
SET tenancy.guard = off;
CREATE PUBLICATION warehouse FOR TABLE work.country, work.document;
