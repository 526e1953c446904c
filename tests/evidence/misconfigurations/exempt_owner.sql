-- check: exempt_owner
-- object: work.document
-- mended: ALTER TABLE work.document OWNER TO data_owner
SET tenancy.guard = off;
ALTER TABLE work.document OWNER TO postgres;
