-- check: planted_setting
-- object: role app
ALTER ROLE app SET session_replication_role = 'REPLICA';
