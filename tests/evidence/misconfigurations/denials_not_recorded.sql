-- check: denials_not_recorded
-- object: role app
ALTER ROLE app SET tenancy.record_denials = off;
