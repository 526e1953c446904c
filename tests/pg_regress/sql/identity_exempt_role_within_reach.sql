-- Attacks 1 and 4: an exempt role that a login can become: through a chain of memberships, without INHERIT, without SET,
-- or by granting it to itself.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE ROLE regress_world_bypass NOLOGIN BYPASSRLS;
CREATE ROLE regress_world_super NOLOGIN SUPERUSER;
CREATE ROLE regress_world_middle NOLOGIN;
GRANT regress_world_bypass TO regress_world_middle;
CREATE ROLE regress_world_direct LOGIN IN ROLE tenancy_app;
GRANT regress_world_bypass TO regress_world_direct;
CREATE ROLE regress_world_chain LOGIN IN ROLE tenancy_app;
GRANT regress_world_middle TO regress_world_chain;
CREATE ROLE regress_world_noinherit LOGIN NOINHERIT;
GRANT tenancy_app TO regress_world_noinherit WITH INHERIT TRUE;
GRANT regress_world_super TO regress_world_noinherit;
CREATE ROLE regress_world_noset LOGIN IN ROLE tenancy_app;
GRANT regress_world_bypass TO regress_world_noset WITH SET FALSE, INHERIT FALSE;
CREATE ROLE regress_world_granter LOGIN IN ROLE tenancy_app;
GRANT regress_world_bypass TO regress_world_granter WITH ADMIN TRUE, SET FALSE, INHERIT FALSE;
CREATE ROLE regress_world_chain_granter LOGIN IN ROLE tenancy_app;
GRANT regress_world_middle TO regress_world_chain_granter WITH ADMIN TRUE, SET FALSE, INHERIT FALSE;
CREATE ROLE regress_world_files_middle NOLOGIN IN ROLE pg_execute_server_program;
CREATE ROLE regress_world_files LOGIN IN ROLE tenancy_app, regress_world_files_middle;
CREATE ROLE regress_world_creator LOGIN CREATEROLE CREATEDB IN ROLE tenancy_app;
\set try 'SELECT world.attempt(format(\'SELECT tenancy.bind(%L)\', :\'acme_key\'));'

\c - regress_world_direct
:try
SET ROLE regress_world_bypass;
:try
\c - regress_world_chain
:try
BEGIN;
SET LOCAL tenancy.session = :'token_acme';
SELECT tenancy.current_tenant();
ROLLBACK;
\c - regress_world_files
:try
\c - regress_world_noinherit
:try
\c - regress_world_noset
:try
\c - regress_world_granter
:try
\c - regress_world_chain_granter
:try
-- The attack that would follow, had bind not refused.
GRANT regress_world_middle TO regress_world_chain_granter WITH SET TRUE;
SET ROLE regress_world_bypass;
SELECT count(*) AS rows_of_all_tenants FROM world.note;
-- CREATEROLE cannot make or take an exempt role, so it may bind.
\c - regress_world_creator
CREATE ROLE regress_world_made BYPASSRLS;
GRANT regress_world_bypass TO regress_world_creator;
GRANT pg_read_server_files TO regress_world_creator;
ALTER ROLE regress_world_creator BYPASSRLS;
:try
-- A membership that comes, and goes, while the session lives.
\c - regress_world_app
:try
\! $ADMIN -c "GRANT regress_world_middle TO regress_world_app"
:try
\! $ADMIN -c "REVOKE regress_world_middle FROM regress_world_app"
:try
-- A membership that comes while bound bites at the next transaction; the setting alone shows nothing then.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
\! $ADMIN -c "GRANT regress_world_middle TO regress_world_app"
COMMIT;
BEGIN;
SET LOCAL tenancy.session = :'token_acme';
SELECT count(*) FROM world.note;
ROLLBACK;
\i :suites/../fixtures/clear.sql
