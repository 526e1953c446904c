-- check: extension_trigger_disabled
-- object: append_only on tenancy.trace_log
ALTER TABLE tenancy.trace_log ENABLE TRIGGER append_only;
