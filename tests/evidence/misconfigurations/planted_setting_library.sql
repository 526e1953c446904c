-- check: planted_setting
-- object: database postgres
ALTER DATABASE postgres SET local_preload_libraries = 'tool';
