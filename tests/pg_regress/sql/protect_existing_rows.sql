-- A table that has rows already: those with a tenant become theirs; those without stand in the way.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_protect_existing_rows_owner, regress_protect_existing_rows_app;
CREATE ROLE regress_protect_existing_rows_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_protect_existing_rows_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA protect_existing_rows AUTHORIZATION regress_protect_existing_rows_owner;
GRANT USAGE ON SCHEMA protect_existing_rows TO regress_protect_existing_rows_app;
SELECT tenancy.create_tenant('protect_existing_rows.acme') AS acme, tenancy.create_tenant('protect_existing_rows.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('protect_existing_rows.acme', 'test') \gset
SET ROLE regress_protect_existing_rows_owner;
CREATE TABLE protect_existing_rows.doc (tenant_id uuid, id int, body text);
CREATE INDEX ON protect_existing_rows.doc (tenant_id);
INSERT INTO protect_existing_rows.doc VALUES (:'acme', 1, 'acme 1'), (:'globex', 1, 'globex 1'), (NULL, 2, 'nobody 2');
\set VERBOSITY default
SELECT tenancy.protect('protect_existing_rows.doc');
-- Nothing is half done.
SELECT relrowsecurity, relforcerowsecurity, (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid) AS policies,
       (SELECT attnotnull FROM pg_attribute WHERE attrelid = c.oid AND attname = 'tenant_id') AS not_null,
       (SELECT count(*) FROM tenancy.protected_table WHERE relation = c.oid) AS protected
FROM pg_class c WHERE c.oid = 'protect_existing_rows.doc'::regclass;
UPDATE protect_existing_rows.doc SET tenant_id = :'acme' WHERE tenant_id IS NULL;
SELECT tenancy.protect('protect_existing_rows.doc');
SELECT relrowsecurity, relforcerowsecurity, (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid) AS policies,
       (SELECT attnotnull FROM pg_attribute WHERE attrelid = c.oid AND attname = 'tenant_id') AS not_null,
       (SELECT count(*) FROM tenancy.protected_table WHERE relation = c.oid) AS protected
FROM pg_class c WHERE c.oid = 'protect_existing_rows.doc'::regclass;
GRANT SELECT ON protect_existing_rows.doc TO regress_protect_existing_rows_app;
-- Likewise in partitions and children.
CREATE TABLE protect_existing_rows.parted (tenant_id uuid, id int) PARTITION BY RANGE (id);
CREATE TABLE protect_existing_rows.part PARTITION OF protect_existing_rows.parted DEFAULT;
CREATE INDEX ON protect_existing_rows.parted (tenant_id);
INSERT INTO protect_existing_rows.parted VALUES (NULL, 1);
CREATE TABLE protect_existing_rows.parent (tenant_id uuid, id int);
CREATE TABLE protect_existing_rows.child () INHERITS (protect_existing_rows.parent);
INSERT INTO protect_existing_rows.child VALUES (NULL, 1);
\set VERBOSITY terse
SELECT tenancy.protect('protect_existing_rows.parted');
SELECT tenancy.protect('protect_existing_rows.parent');
DELETE FROM protect_existing_rows.parted; DELETE FROM protect_existing_rows.parent;
SET client_min_messages = error; -- not the notices about missing indexes
SELECT tenancy.protect('protect_existing_rows.parted');
SELECT tenancy.protect('protect_existing_rows.parent');
RESET ROLE;
SELECT attrelid::regclass AS relation, attnotnull FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'protect_existing_rows'::regnamespace AND c.relkind IN ('r', 'p') AND attname = 'tenant_id' ORDER BY 1;
-- A missing index is only pointed out.
SET client_min_messages = notice;
SET ROLE regress_protect_existing_rows_owner;
CREATE TABLE protect_existing_rows.unindexed (tenant_id uuid NOT NULL, id int);
SELECT tenancy.protect('protect_existing_rows.unindexed');
RESET ROLE;
\c - regress_protect_existing_rows_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT body FROM protect_existing_rows.doc ORDER BY body;
ROLLBACK;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA protect_existing_rows CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'protect_existing_rows.%';
DROP ROLE regress_protect_existing_rows_owner, regress_protect_existing_rows_app;
