-- check: server_files_and_programs
-- object: pg_read_server_files
GRANT pg_read_server_files TO app;
