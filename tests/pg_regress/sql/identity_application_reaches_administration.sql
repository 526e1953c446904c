-- An application's role that reaches what administers, audits, or reads and writes every table: it could write itself a key of any
-- tenant, or read all traces. It is not bound.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE ROLE regress_world_middle NOLOGIN IN ROLE pg_write_all_data;
CREATE ROLE regress_world_writer LOGIN IN ROLE tenancy_app, pg_write_all_data;
CREATE ROLE regress_world_reader LOGIN IN ROLE tenancy_app, pg_read_all_data;
CREATE ROLE regress_world_chain LOGIN IN ROLE tenancy_app, regress_world_middle;
CREATE ROLE regress_world_looks LOGIN IN ROLE tenancy_app, tenancy_auditor;
CREATE ROLE regress_world_manages LOGIN IN ROLE tenancy_app, tenancy_admin;
\set try 'SELECT world.attempt(format(\'SELECT tenancy.bind(%L)\', :\'acme_key\'));'
\c - regress_world_writer
:try
BEGIN;
SET LOCAL tenancy.session = :'token_acme';
SELECT tenancy.current_tenant();
ROLLBACK;
\c - regress_world_reader
:try
\c - regress_world_chain
:try
\c - regress_world_looks
:try
\c - regress_world_manages
:try
-- Granted later: the next one is refused.
\c - regress_world_app
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
\! $ADMIN -c "GRANT pg_write_all_data TO regress_world_app"
COMMIT;
:try
\c - :SUPERUSER
REVOKE pg_write_all_data FROM regress_world_app;
\c - regress_world_app
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
-- Who is no application may be all of these, and bind to look.
\c - :SUPERUSER
GRANT tenancy_auditor, pg_read_all_data TO regress_world_admin;
\c - regress_world_admin
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
\i :suites/../fixtures/clear.sql
