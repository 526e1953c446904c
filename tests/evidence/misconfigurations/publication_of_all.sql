-- check: publication, publication, publication, publication, publication, publication
-- object: warehouse, warehouse, warehouse, warehouse, warehouse, warehouse
SET tenancy.guard = off;
CREATE PUBLICATION warehouse FOR ALL TABLES;
