-- id: server_files_and_programs
-- severity: critical
-- title: Application role that can reach the server's files or all data
-- why: The files of all tables, and programs run as the server's user, lie below row security. The roles of all data
-- why: reach the tables of tenants and keys.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, a.role AS object_id, a.name AS object,
       format('%s %s', a.name, a.how) AS message, a.revoke AS remediation
FROM tenancy.application_role a
WHERE a.name IN ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program', 'pg_read_all_data',
                 'pg_write_all_data')
