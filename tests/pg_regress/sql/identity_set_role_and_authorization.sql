-- Attack 4: SET ROLE and SET SESSION AUTHORIZATION change who a statement runs as, not who the session is.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE ROLE regress_world_twin LOGIN IN ROLE tenancy_app;
GRANT regress_world_twin TO regress_world_app;
GRANT SELECT ON world.note TO regress_world_twin;
\set try 'SELECT world.attempt(format(\'SELECT tenancy.bind(%L)\', :\'acme_key\')) AS bind, session_user, current_user;'
\set rows 'SELECT world.attempt(\'SELECT count(*) FROM world.note\') AS rows;'

-- A superuser in an application's clothes is a superuser: it can take them off.
\c - :SUPERUSER
SET ROLE regress_world_app;
:try
RESET ROLE;
SET SESSION AUTHORIZATION regress_world_app;
:try
BEGIN;
SET LOCAL tenancy.session = :'token_acme';
:rows
ROLLBACK;
RESET SESSION AUTHORIZATION;

-- An application's role changes only into roles that bind too, and keeps the tenant.
\c - regress_world_app
BEGIN;
:try
SET LOCAL ROLE regress_world_twin;
:rows
RESET ROLE;
:rows
SET ROLE NONE;
:rows
SET SESSION AUTHORIZATION DEFAULT;
:rows
SAVEPOINT here;
SET ROLE regress_world_owner;
ROLLBACK TO here;
SET SESSION AUTHORIZATION postgres;
ROLLBACK TO here;
SET ROLE tenancy_admin;
ROLLBACK TO here;
:rows
COMMIT;
:rows
BEGIN;
SET LOCAL ROLE regress_world_twin;
:try
:rows
COMMIT;

-- The owner of the table, to whom row security is forced, sees no more.
\c - :SUPERUSER
ALTER ROLE regress_world_owner LOGIN;
GRANT tenancy_admin TO regress_world_owner;
\c - regress_world_owner
:rows
BEGIN;
:try
:rows
COMMIT;
-- row_security = off raises; it never shows more.
\c - regress_world_app
SET row_security = off;
BEGIN;
:try
:rows
SELECT world.attempt('UPDATE world.note SET body = body RETURNING id');
COMMIT;
\i :suites/../fixtures/clear.sql
