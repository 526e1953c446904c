-- A dump by the owner must not be empty and look well. pg_dump turns row_security off, or with --enable-row-security on.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_table_dump_as_owner_owner, regress_table_dump_as_owner_app;
CREATE ROLE regress_table_dump_as_owner_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_table_dump_as_owner_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA table_dump_as_owner AUTHORIZATION regress_table_dump_as_owner_owner;
GRANT USAGE ON SCHEMA table_dump_as_owner TO regress_table_dump_as_owner_app;
SELECT tenancy.create_tenant('table_dump_as_owner.acme') AS acme, tenancy.create_tenant('table_dump_as_owner.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('table_dump_as_owner.acme', 'test') \gset
SET ROLE regress_table_dump_as_owner_owner;
CREATE TABLE table_dump_as_owner.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_dump_as_owner.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('table_dump_as_owner.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON table_dump_as_owner.doc TO regress_table_dump_as_owner_app;
RESET ROLE;
-- The control: forced by hand, with a lenient setting, a dump with --enable-row-security has 0 rows and no error.
CREATE TABLE table_dump_as_owner.hand (tenant_id uuid NOT NULL, id int, body text);
INSERT INTO table_dump_as_owner.hand TABLE table_dump_as_owner.doc;
ALTER TABLE table_dump_as_owner.hand ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON table_dump_as_owner.hand USING (tenant_id::text = current_setting('app.tenant', true));
ALTER TABLE table_dump_as_owner.hand OWNER TO regress_table_dump_as_owner_owner;
\c - regress_table_dump_as_owner_owner
SET row_security = on;
COPY table_dump_as_owner.hand TO STDOUT;
COPY table_dump_as_owner.doc TO STDOUT;
SET row_security = off;
COPY table_dump_as_owner.hand TO STDOUT;
COPY table_dump_as_owner.doc TO STDOUT;
COPY (SELECT body FROM table_dump_as_owner.doc) TO STDOUT;
-- Who is meant to dump everything is exempt, and gets everything.
\c - :admin
SET row_security = off;
COPY (SELECT body FROM table_dump_as_owner.doc ORDER BY body) TO STDOUT;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA table_dump_as_owner CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'table_dump_as_owner.%';
DROP ROLE regress_table_dump_as_owner_owner, regress_table_dump_as_owner_app;
