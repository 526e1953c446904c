-- check: definer_administers
-- object: work.customers()
CREATE ROLE reporter IN ROLE tenancy_auditor;
CREATE FUNCTION work.customers() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'SELECT slug FROM tenancy.tenant';
ALTER FUNCTION work.customers() OWNER TO reporter;
