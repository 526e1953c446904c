-- check: predefined_role
-- object: pg_signal_backend
GRANT pg_signal_backend TO app;
