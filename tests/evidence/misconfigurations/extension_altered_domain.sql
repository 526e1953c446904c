-- check: extension_altered
-- object: tenancy.scope
ALTER DOMAIN tenancy.scope DROP CONSTRAINT scope_check;
