-- check: definer_administers
-- object: work.sign_up(text)
CREATE ROLE registrar IN ROLE tenancy_admin;
CREATE FUNCTION work.sign_up(text) RETURNS uuid LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'SELECT tenancy.create_tenant($1)';
ALTER FUNCTION work.sign_up(text) OWNER TO registrar;
