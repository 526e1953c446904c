-- check: extension_outdated
-- object: pg_tenancy
-- mended: UPDATE pg_extension e SET extversion = a.default_version FROM pg_available_extensions a WHERE a.name = e.extname AND e.extname = 'pg_tenancy'
-- The library was replaced, and the rest forgotten.
UPDATE pg_extension SET extversion = '0.0.9' WHERE extname = 'pg_tenancy';
