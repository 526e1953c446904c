-- Attack 19, the other half: a logical slot is there already, and the application reads from it, or makes one. Only roles with
-- REPLICATION can, and bind refuses those.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
SELECT slot_name FROM pg_create_logical_replication_slot('regress_world_slot', 'pgoutput');
INSERT INTO world.note VALUES (:'globex', 9, 'in the log');
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
\set ON_ERROR_ROLLBACK on
\set VERBOSITY sqlstate
SELECT count(*) FROM pg_logical_slot_peek_binary_changes('regress_world_slot', NULL, NULL, 'proto_version', '1', 'publication_names', 'none');
SELECT count(*) FROM pg_logical_slot_get_binary_changes('regress_world_slot', NULL, NULL, 'proto_version', '1', 'publication_names', 'none');
SELECT pg_replication_slot_advance('regress_world_slot', '0/1');
SELECT pg_drop_replication_slot('regress_world_slot');
SELECT pg_copy_logical_replication_slot('regress_world_slot', 'copy');
CREATE PUBLICATION mine FOR TABLE note;
CREATE SUBSCRIPTION mine CONNECTION 'dbname=postgres' PUBLICATION none WITH (connect = false);
ROLLBACK;
-- A connection for replication.
\! $APP -d 'dbname=postgres replication=database' -c IDENTIFY_SYSTEM 2>&1 | grep -c 'FATAL.*permission\|FATAL.*must be'
\c - :SUPERUSER
SELECT pg_drop_replication_slot('regress_world_slot');
\i :suites/../fixtures/clear.sql
