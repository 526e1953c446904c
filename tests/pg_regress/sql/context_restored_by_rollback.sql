-- Attacks 21 and 31: a context that was set but never used comes back with ROLLBACK TO, past the setting's own check; the
-- transaction has shown another tenant's rows meanwhile.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\c - regress_world_app
BEGIN;
SET LOCAL tenancy.session = :'token_acme';
SAVEPOINT unused;
SET LOCAL tenancy.session = :'token_globex';
SELECT count(*), min(body) FROM world.note;
ROLLBACK TO unused;
SELECT count(*), min(body) FROM world.note;
ROLLBACK;
-- The same tenant may come back.
BEGIN;
SET LOCAL tenancy.session = :'token_acme';
SAVEPOINT unused;
SET LOCAL tenancy.session = :'token_acme';
SELECT count(*) > 0 AS some FROM world.note;
ROLLBACK TO unused;
SELECT count(*) > 0 AS some FROM world.note;
ROLLBACK;
\i :suites/../fixtures/clear.sql
