-- check: guard_off
-- object: the server
-- outside: true
ALTER SYSTEM SET tenancy.guard = warn;
SELECT pg_reload_conf();
-- afterwards:
ALTER SYSTEM RESET tenancy.guard;
SELECT pg_reload_conf();
