-- check: definer_function
-- object: work.clean(integer)
CREATE ROLE keeper BYPASSRLS;
CREATE PROCEDURE work.clean(integer) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'BEGIN DELETE FROM work.event WHERE at < now() - make_interval(days => $1); END';
ALTER PROCEDURE work.clean(integer) OWNER TO keeper;
REVOKE ALL ON PROCEDURE work.clean(integer) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE work.clean(integer) TO app;
