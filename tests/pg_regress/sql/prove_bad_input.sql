-- Arguments that make no sense, and sessions in which nothing can be proved.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/proofs.sql
\set VERBOSITY default
SET client_min_messages = error;
SELECT * FROM tenancy.prove('{}');
SELECT * FROM tenancy.prove('{world.note,NULL}');
SELECT * FROM tenancy.prove('{pg_class}');
SELECT * FROM tenancy.prove('{world.no_such}');
SELECT * FROM tenancy.prove(ARRAY[0]::regclass[]);
SELECT * FROM tenancy.prove(tenants => 0);
SELECT * FROM tenancy.prove(tenants => NULL);
SELECT * FROM tenancy.prove(seed => -9223372036854775808);
SELECT * FROM tenancy.prove(seed => 9007199254740993);
SELECT * FROM tenancy.prove(time_limit => NULL);
SELECT * FROM tenancy.prove(time_limit => '0');
SELECT * FROM tenancy.prove(time_limit => '-1 day');
SELECT * FROM tenancy.prove(time_limit => '1 day 1 microsecond');
SELECT * FROM tenancy.prove(time_limit => '170000000 years');
SELECT tenancy.evidence(NULL);
SELECT tenancy.evidence('00000000-0000-0000-0000-000000000001');
SELECT tenancy.evidence('00000000-0000-0000-0000-000000000001', NULL);
SELECT tenancy.evidence('00000000-0000-0000-0000-000000000001', 'xml');
SELECT tenancy.evidence('00000000-0000-0000-0000-000000000001', E'x\u202ey');
BEGIN READ ONLY;
SELECT * FROM tenancy.prove();
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM tenancy.prove();
ROLLBACK;
-- In a session that could act as a tenant, with a tenant bound.
GRANT EXECUTE ON FUNCTION tenancy.prove TO regress_world_plain;
GRANT USAGE ON SCHEMA tenancy TO regress_world_plain;
GRANT EXECUTE ON FUNCTION tenancy.bind TO regress_world_plain;
\c - regress_world_plain
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT * FROM tenancy.prove();
ROLLBACK;
\c - :SUPERUSER
SET client_min_messages = error;
REVOKE EXECUTE ON FUNCTION tenancy.prove, tenancy.bind FROM regress_world_plain;
REVOKE USAGE ON SCHEMA tenancy FROM regress_world_plain;
-- A table named twice is one; the least of tenants and of time still probe.
SELECT probes, pairs > 0 AS pairs
FROM tenancy.prove('{world.note,world.note}', tenants => 1, time_limit => '1 microsecond') \gset once_
SELECT :once_probes AS probes, :'once_pairs' AS pairs;
-- In a function that catches errors, in a prepared statement, and through a cursor.
DO $$ BEGIN PERFORM tenancy.prove('{world.note}'); RAISE 'undone'; EXCEPTION WHEN raise_exception THEN RAISE INFO '%', SQLERRM; END $$;
PREPARE prove AS SELECT probes FROM tenancy.prove('{world.note}');
EXECUTE prove;
EXECUTE prove;
DEALLOCATE prove;
BEGIN;
DECLARE c CURSOR FOR SELECT probes FROM tenancy.prove('{world.note}');
FETCH c;
FETCH c;
SELECT tenancy.current_tenant();
ROLLBACK;
\i :suites/../fixtures/clear.sql
