-- check: extension_privilege
-- object: tenancy.create_key(text,text,text[],tenancy.scope,text,timestamp with time zone)
GRANT EXECUTE ON FUNCTION tenancy.create_key TO PUBLIC;
