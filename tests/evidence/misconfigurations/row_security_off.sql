-- check: row_security_off
-- object: work.document
-- shown: probe_delete, probe_insert, probe_move, probe_read, probe_update
SET tenancy.guard = off;
ALTER TABLE work.document DISABLE ROW LEVEL SECURITY;
