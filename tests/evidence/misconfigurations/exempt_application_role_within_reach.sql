-- check: exempt_application_role
-- object: dumper
-- Through a role in between, which does not inherit.
CREATE ROLE dumper BYPASSRLS;
CREATE ROLE on_call NOINHERIT;
GRANT dumper TO on_call;
GRANT on_call TO app;
