-- tenancy.guard: enforce refuses, warn says so, off is silent. Only a superuser changes it.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_guard_modes_owner, regress_guard_modes_app;
CREATE ROLE regress_guard_modes_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_guard_modes_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA guard_modes AUTHORIZATION regress_guard_modes_owner;
GRANT USAGE ON SCHEMA guard_modes TO regress_guard_modes_app;
SELECT tenancy.create_tenant('guard_modes.acme') AS acme, tenancy.create_tenant('guard_modes.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('guard_modes.acme', 'test') \gset
SET ROLE regress_guard_modes_owner;
CREATE TABLE guard_modes.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO guard_modes.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('guard_modes.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON guard_modes.doc TO regress_guard_modes_app;
RESET ROLE;
SHOW tenancy.guard;
ALTER TABLE guard_modes.doc NO FORCE ROW LEVEL SECURITY;
CREATE UNIQUE INDEX by_id ON guard_modes.doc (body);
SET tenancy.guard = 'warn';
\set VERBOSITY default
BEGIN;
ALTER TABLE guard_modes.doc NO FORCE ROW LEVEL SECURITY;
DROP POLICY tenancy_select ON guard_modes.doc;
CREATE UNIQUE INDEX by_id ON guard_modes.doc (body);
ROLLBACK;
\set VERBOSITY terse
SET tenancy.guard = 'off';
BEGIN;
ALTER TABLE guard_modes.doc NO FORCE ROW LEVEL SECURITY;
DROP POLICY tenancy_select ON guard_modes.doc;
CREATE UNIQUE INDEX by_id ON guard_modes.doc (body);
-- Off, the guard adds no protection to new partitions either; row security itself is not its matter.
SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 'guard_modes.doc'::regclass;
ROLLBACK;
SET tenancy.guard = 'enforce';
ALTER TABLE guard_modes.doc NO FORCE ROW LEVEL SECURITY;
SET tenancy.guard = 'sometimes';
-- Neither the owner nor the application.
SET ROLE regress_guard_modes_owner;
SET tenancy.guard = 'off';
SELECT set_config('tenancy.guard', 'off', true);
ALTER ROLE regress_guard_modes_owner SET tenancy.guard = 'off';
CREATE FUNCTION guard_modes.sly() RETURNS void LANGUAGE sql SET tenancy.guard = 'off' AS 'SELECT';
RESET ROLE;
\c - regress_guard_modes_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SET LOCAL tenancy.guard = 'off';
ROLLBACK;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA guard_modes CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'guard_modes.%';
DROP ROLE regress_guard_modes_owner, regress_guard_modes_app;
