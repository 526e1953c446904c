-- check: function_setting
-- object: work.load()
CREATE FUNCTION work.load() RETURNS void LANGUAGE sql SET session_replication_role = replica AS 'SELECT';
