-- check: extension_altered
-- object: tenancy.whole_tenant(text)
-- Every policy says what it said, and Postgres folds the tenant into plans that it keeps.
ALTER FUNCTION tenancy.whole_tenant(text) IMMUTABLE;
