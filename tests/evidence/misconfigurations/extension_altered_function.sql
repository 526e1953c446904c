-- check: extension_altered
-- object: tenancy.scope_visible(tenancy.scope)
-- mended: CREATE OR REPLACE FUNCTION tenancy.scope_visible(scope tenancy.scope) RETURNS boolean LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'pg_tenancy', 'tenancy_scope_reached'
CREATE OR REPLACE FUNCTION tenancy.scope_visible(scope tenancy.scope) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true';
