-- The application's role owns its tables, or may become their owner: then DDL reads below row security.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_table_owned_by_application_owner, regress_table_owned_by_application_app;
CREATE ROLE regress_table_owned_by_application_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_table_owned_by_application_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA table_owned_by_application AUTHORIZATION regress_table_owned_by_application_owner;
GRANT USAGE ON SCHEMA table_owned_by_application TO regress_table_owned_by_application_app;
SELECT tenancy.create_tenant('table_owned_by_application.acme') AS acme, tenancy.create_tenant('table_owned_by_application.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('table_owned_by_application.acme', 'test') \gset
GRANT CREATE ON SCHEMA table_owned_by_application TO regress_table_owned_by_application_app;
SET ROLE regress_table_owned_by_application_owner;
CREATE TABLE table_owned_by_application.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_owned_by_application.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('table_owned_by_application.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON table_owned_by_application.doc TO regress_table_owned_by_application_app;
RESET ROLE;
-- The control: row security as one writes it by hand.
CREATE TABLE table_owned_by_application.hand (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_owned_by_application.hand TABLE table_owned_by_application.doc;
ALTER TABLE table_owned_by_application.hand ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON table_owned_by_application.hand USING (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON table_owned_by_application.hand TO regress_table_owned_by_application_app;
DROP ROLE IF EXISTS regress_table_owned_by_application_plain;
CREATE ROLE regress_table_owned_by_application_plain LOGIN; -- not a tenant's: the control
GRANT USAGE, CREATE ON SCHEMA table_owned_by_application TO regress_table_owned_by_application_plain;
ALTER TABLE table_owned_by_application.hand OWNER TO regress_table_owned_by_application_plain;
ALTER TABLE table_owned_by_application.hand FORCE ROW LEVEL SECURITY;
CREATE FUNCTION table_owned_by_application.leak(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
    $$ BEGIN RAISE NOTICE 'seen: %', $1; RETURN true; END $$;
-- protect does not take such a table, nor does it become one.
\set VERBOSITY sqlstate
CREATE TABLE table_owned_by_application.mine (tenant_id uuid NOT NULL, id int, PRIMARY KEY (tenant_id, id));
ALTER TABLE table_owned_by_application.mine OWNER TO regress_table_owned_by_application_app;
SELECT tenancy.protect('table_owned_by_application.mine');
ALTER TABLE table_owned_by_application.doc OWNER TO regress_table_owned_by_application_app;
ALTER TABLE table_owned_by_application.doc OWNER TO regress_table_owned_by_application_owner;
\set VERBOSITY terse
-- A member of the owner's role can still be the application, unless the owner is an administrator.
REVOKE tenancy_admin FROM regress_table_owned_by_application_owner;
GRANT regress_table_owned_by_application_owner TO regress_table_owned_by_application_app;
\c - regress_table_owned_by_application_plain
-- By hand: forced row security notwithstanding, every row is handed to the function.
ALTER TABLE table_owned_by_application.hand ADD CHECK (table_owned_by_application.leak(body));
\c - regress_table_owned_by_application_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
\set VERBOSITY sqlstate
ALTER TABLE table_owned_by_application.doc ADD CHECK (table_owned_by_application.leak(body));
ALTER TABLE table_owned_by_application.doc ADD COLUMN seen boolean GENERATED ALWAYS AS (table_owned_by_application.leak(body)) STORED;
ALTER TABLE table_owned_by_application.doc ALTER COLUMN body TYPE text USING table_owned_by_application.leak(body)::text;
CREATE INDEX ON table_owned_by_application.doc (table_owned_by_application.leak(body));
CREATE TRIGGER spy BEFORE INSERT ON table_owned_by_application.doc FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
ANALYZE VERBOSE table_owned_by_application.doc;
CLUSTER VERBOSE table_owned_by_application.doc USING doc_pkey;
REINDEX TABLE table_owned_by_application.doc;
TRUNCATE table_owned_by_application.doc;
DROP TABLE table_owned_by_application.doc;
SELECT tenancy.unprotect('table_owned_by_application.doc');
ROLLBACK;
\set VERBOSITY terse
\c - :admin
SELECT count(*) FROM table_owned_by_application.doc;
\c - :admin
SET client_min_messages = warning;
DROP OWNED BY regress_table_owned_by_application_plain;
DROP ROLE regress_table_owned_by_application_plain;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA table_owned_by_application CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'table_owned_by_application.%';
DROP ROLE regress_table_owned_by_application_owner, regress_table_owned_by_application_app;
