-- check: guard_off
-- object: the server
-- outside: true
-- Who proves has a value of its own, and does not see that of others.
ALTER SYSTEM SET tenancy.guard = warn;
ALTER ROLE postgres SET tenancy.guard = 'enforce';
SELECT pg_reload_conf();
-- afterwards:
ALTER ROLE postgres RESET tenancy.guard;
ALTER SYSTEM RESET tenancy.guard;
SELECT pg_reload_conf();
