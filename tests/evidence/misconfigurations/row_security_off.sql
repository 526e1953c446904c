-- check: row_security_off
-- object: work.document
SET tenancy.guard = off;
ALTER TABLE work.document DISABLE ROW LEVEL SECURITY;
