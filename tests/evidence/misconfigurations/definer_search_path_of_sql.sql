-- check: definer_search_path
-- object: work.total()
-- Without quotes, a path takes anything but space and commas. The remediation must not run it.
CREATE FUNCTION work.total() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN 0; END';
ALTER FUNCTION work.total() OWNER TO data_owner;
SELECT set_config('search_path', 'work;SELECT/**/1/0;SET/**/search_path=work', true);
ALTER FUNCTION work.total() SET search_path FROM CURRENT;
RESET search_path;
