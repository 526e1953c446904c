-- Definitions in a transaction whose snapshot is older than what others have committed: the guard would judge them by tables
-- that it does not see are protected. They are refused there, and judged where the snapshot is the statement's own.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.later (tenant_id uuid NOT NULL, id int, PRIMARY KEY (tenant_id, id));
ALTER TABLE world.later OWNER TO regress_world_owner;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM tenancy.protected_table;
\! $ADMIN -c "SELECT tenancy.protect('world.later') IS NULL"
CREATE VIEW world.peek AS SELECT * FROM world.later;
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
CREATE FUNCTION world.peek() RETURNS SETOF world.later SECURITY DEFINER LANGUAGE sql AS 'TABLE world.later';
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
ALTER TABLE world.later NO FORCE ROW LEVEL SECURITY;
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
DROP POLICY tenancy_select ON world.later;
ROLLBACK;
-- What lasts no longer than the session may be defined.
BEGIN ISOLATION LEVEL REPEATABLE READ;
CREATE TEMPORARY TABLE passing (id int);
ROLLBACK;
-- With a snapshot of its own the same view is judged.
BEGIN;
CREATE VIEW world.peek AS SELECT * FROM world.later;
ROLLBACK;
DROP POLICY tenancy_select ON world.later;
-- The guard switched off lets them run, as it lets all.
SET tenancy.guard = off;
BEGIN ISOLATION LEVEL REPEATABLE READ;
CREATE VIEW world.peek AS SELECT * FROM world.note;
DROP POLICY tenancy_select ON world.later;
ROLLBACK;
RESET tenancy.guard;
\i :suites/../fixtures/clear.sql
