-- check: extension_altered
-- object: tenancy.usage
ALTER VIEW tenancy.usage RESET (security_invoker);
