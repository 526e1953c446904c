-- check: guard_off
-- object: database postgres
ALTER DATABASE postgres SET tenancy.guard = off;
