-- What protect put on a table stays as it is: row security, policies, tenant column, owner.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_guard_altered_policy_owner, regress_guard_altered_policy_app;
CREATE ROLE regress_guard_altered_policy_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_guard_altered_policy_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA guard_altered_policy AUTHORIZATION regress_guard_altered_policy_owner;
GRANT USAGE ON SCHEMA guard_altered_policy TO regress_guard_altered_policy_app;
SELECT tenancy.create_tenant('guard_altered_policy.acme') AS acme, tenancy.create_tenant('guard_altered_policy.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('guard_altered_policy.acme', 'test') \gset
SET ROLE regress_guard_altered_policy_owner;
CREATE TABLE guard_altered_policy.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO guard_altered_policy.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('guard_altered_policy.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON guard_altered_policy.doc TO regress_guard_altered_policy_app;
RESET ROLE;
\set VERBOSITY default
ALTER TABLE guard_altered_policy.doc DISABLE ROW LEVEL SECURITY;
ALTER POLICY tenancy_select ON guard_altered_policy.doc USING (true);
DROP POLICY tenancy_select ON guard_altered_policy.doc;
\set VERBOSITY terse
ALTER TABLE guard_altered_policy.doc NO FORCE ROW LEVEL SECURITY;
ALTER TABLE guard_altered_policy.doc ENABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
ALTER TABLE guard_altered_policy.doc ADD COLUMN harmless int, DISABLE ROW LEVEL SECURITY;
DO $$ BEGIN EXECUTE 'ALTER TABLE guard_altered_policy.doc DISABLE ROW LEVEL SECURITY'; END $$;
DO $$ BEGIN
    ALTER TABLE guard_altered_policy.doc DISABLE ROW LEVEL SECURITY;
EXCEPTION WHEN insufficient_privilege OR object_not_in_prerequisite_state THEN RAISE WARNING 'refused';
END $$;
ALTER POLICY tenancy_insert ON guard_altered_policy.doc WITH CHECK (true);
ALTER POLICY tenancy_update ON guard_altered_policy.doc USING (true) WITH CHECK (true);
ALTER POLICY tenancy_update ON guard_altered_policy.doc WITH CHECK (true);
ALTER POLICY tenancy_delete ON guard_altered_policy.doc USING (tenant_id = tenancy.current_tenant() OR true);
ALTER POLICY tenancy_select ON guard_altered_policy.doc TO regress_guard_altered_policy_owner;
ALTER POLICY tenancy_base ON guard_altered_policy.doc USING (false);
ALTER POLICY tenancy_select ON guard_altered_policy.doc RENAME TO mine;
DROP POLICY tenancy_base ON guard_altered_policy.doc;
DROP POLICY tenancy_insert ON guard_altered_policy.doc;
DROP POLICY tenancy_update ON guard_altered_policy.doc;
DROP POLICY tenancy_delete ON guard_altered_policy.doc;
CREATE POLICY tenancy_mine ON guard_altered_policy.doc USING (true);
-- An operator of the same looks is not the same test.
CREATE FUNCTION guard_altered_policy.always(uuid, uuid) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR guard_altered_policy.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = guard_altered_policy.always);
SET search_path = guard_altered_policy, pg_catalog;
ALTER POLICY tenancy_select ON doc USING (tenant_id = tenancy.current_tenant());
RESET search_path;
-- Nor is the column taken from under them.
ALTER TABLE guard_altered_policy.doc DROP COLUMN tenant_id;
SET client_min_messages = error; -- not what CASCADE would drop
ALTER TABLE guard_altered_policy.doc DROP COLUMN tenant_id CASCADE;
SET client_min_messages = warning;
ALTER TABLE guard_altered_policy.doc RENAME COLUMN tenant_id TO customer_id;
ALTER TABLE guard_altered_policy.doc ALTER COLUMN tenant_id TYPE text;
DROP FUNCTION tenancy.current_tenant() CASCADE;
-- An owner whom row security does not bind makes it idle.
ALTER TABLE guard_altered_policy.doc OWNER TO :"admin";
-- As owner, all the same.
\c - regress_guard_altered_policy_owner
ALTER TABLE guard_altered_policy.doc DISABLE ROW LEVEL SECURITY;
DROP POLICY tenancy_select ON guard_altered_policy.doc;
-- Whoever may set this may turn ordinary triggers off; not these.
\c - :admin
SET client_min_messages = warning;
SET session_replication_role = replica;
ALTER TABLE guard_altered_policy.doc DISABLE ROW LEVEL SECURITY;
DROP POLICY tenancy_select ON guard_altered_policy.doc;
RESET session_replication_role;
SELECT evtname, evtenabled FROM pg_event_trigger WHERE evtname LIKE 'tenancy%' ORDER BY 1;
-- Harmless changes pass.
ALTER TABLE guard_altered_policy.doc ADD COLUMN note text, ADD CHECK (id > 0);
ALTER TABLE guard_altered_policy.doc RENAME COLUMN note TO remark;
CREATE INDEX ON guard_altered_policy.doc (tenant_id, body);
ALTER TABLE guard_altered_policy.doc RENAME TO document;
ALTER TABLE guard_altered_policy.document ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT (tenant_id, id), UPDATE (body) ON guard_altered_policy.document TO regress_guard_altered_policy_app;
SELECT relrowsecurity, relforcerowsecurity, (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid) AS policies
FROM pg_class c WHERE oid = 'guard_altered_policy.document'::regclass;
DROP TABLE guard_altered_policy.document;
SELECT count(*) FROM tenancy.protected_table WHERE relation::text LIKE 'guard_altered_policy%';
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA guard_altered_policy CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'guard_altered_policy.%';
DROP ROLE regress_guard_altered_policy_owner, regress_guard_altered_policy_app;
