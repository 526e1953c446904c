-- check: server_version
-- object: Postgres 16.8
-- version: 16.8
-- mended: SELECT
SELECT;
