-- check: row_security_off
-- object: work.event_new
SET tenancy.guard = off;
ALTER TABLE work.event_new NO FORCE ROW LEVEL SECURITY;
