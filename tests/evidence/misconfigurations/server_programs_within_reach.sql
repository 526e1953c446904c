-- check: server_files_and_programs
-- object: pg_execute_server_program
CREATE ROLE importer;
GRANT pg_execute_server_program TO importer;
GRANT importer TO app;
