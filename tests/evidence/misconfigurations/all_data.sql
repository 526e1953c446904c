-- check: server_files_and_programs
-- object: pg_read_all_data
GRANT pg_read_all_data TO app;
