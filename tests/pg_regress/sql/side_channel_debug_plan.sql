-- debug_print_plan is EXPLAIN by another name: anybody may set it, and with client_min_messages = log it is sent to the client.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_side_channel_debug_plan_owner, regress_side_channel_debug_plan_app;
CREATE ROLE regress_side_channel_debug_plan_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_side_channel_debug_plan_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA side_channel_debug_plan AUTHORIZATION regress_side_channel_debug_plan_owner;
GRANT USAGE ON SCHEMA side_channel_debug_plan TO regress_side_channel_debug_plan_app;
SELECT tenancy.create_tenant('side_channel_debug_plan.acme') AS acme, tenancy.create_tenant('side_channel_debug_plan.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('side_channel_debug_plan.acme', 'test') \gset
SET ROLE regress_side_channel_debug_plan_owner;
CREATE TABLE side_channel_debug_plan.doc (tenant_id uuid NOT NULL, id int);
CREATE INDEX ON side_channel_debug_plan.doc (tenant_id);
INSERT INTO side_channel_debug_plan.doc SELECT :'globex', n FROM generate_series(1, 500) n;
INSERT INTO side_channel_debug_plan.doc VALUES (:'acme', 1);
SELECT tenancy.protect('side_channel_debug_plan.doc');
GRANT SELECT ON side_channel_debug_plan.doc TO regress_side_channel_debug_plan_app;
RESET ROLE;
ANALYZE side_channel_debug_plan.doc;
\c - regress_side_channel_debug_plan_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
-- The plan would say that the other tenant has 500 rows.
SET LOCAL client_min_messages = log;
SET LOCAL debug_print_plan = on;
SELECT count(*) FROM side_channel_debug_plan.doc WHERE tenant_id = :'globex';
DO $$ BEGIN PERFORM count(*) FROM side_channel_debug_plan.doc; END $$;
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT set_config('debug_print_plan', 'on', true), set_config('client_min_messages', 'log', true);
SELECT count(*) FROM side_channel_debug_plan.doc WHERE tenant_id = :'globex';
ROLLBACK;
-- Nor is what is for the server's log, as plans of auto_explain are.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SET LOCAL client_min_messages = log;
DO $$ BEGIN RAISE LOG 'Rows Removed by Filter: 500'; END $$;
ROLLBACK;
SET client_min_messages = log;
DO $$ BEGIN RAISE LOG 'Rows Removed by Filter: 500'; END $$;
RESET client_min_messages;
CREATE FUNCTION pg_temp.spy() RETURNS bigint LANGUAGE sql SET debug_print_plan = on SET client_min_messages = log
    AS 'SELECT count(*) FROM side_channel_debug_plan.doc';
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA side_channel_debug_plan CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'side_channel_debug_plan.%';
DROP ROLE regress_side_channel_debug_plan_owner, regress_side_channel_debug_plan_app;
