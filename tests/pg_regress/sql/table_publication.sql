-- A publication sends all tenants' rows to whoever subscribes; a replication slot hands them to whoever decodes.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_table_publication_owner, regress_table_publication_app;
CREATE ROLE regress_table_publication_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_table_publication_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA table_publication AUTHORIZATION regress_table_publication_owner;
GRANT USAGE ON SCHEMA table_publication TO regress_table_publication_app;
SELECT tenancy.create_tenant('table_publication.acme') AS acme, tenancy.create_tenant('table_publication.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('table_publication.acme', 'test') \gset
SET ROLE regress_table_publication_owner;
CREATE TABLE table_publication.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_publication.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('table_publication.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON table_publication.doc TO regress_table_publication_app;
RESET ROLE;
\set VERBOSITY default
CREATE PUBLICATION table_publication_one FOR TABLE table_publication.doc;
\set VERBOSITY terse
CREATE PUBLICATION table_publication_rows FOR TABLE table_publication.doc WHERE (id > 1);
CREATE PUBLICATION table_publication_schema FOR TABLES IN SCHEMA table_publication;
CREATE PUBLICATION table_publication_all FOR ALL TABLES;
SET client_min_messages = error; -- whatever wal_level is
CREATE TABLE table_publication.open (id int);
CREATE PUBLICATION table_publication_open FOR TABLE table_publication.open;
ALTER PUBLICATION table_publication_open ADD TABLE table_publication.doc;
ALTER PUBLICATION table_publication_open ADD TABLES IN SCHEMA table_publication;
ALTER PUBLICATION table_publication_open SET TABLE table_publication.doc;
SELECT pubname FROM pg_publication WHERE pubname LIKE 'table_publication%';
-- A partition by its own name, a table that moves into a published schema.
SET ROLE regress_table_publication_owner;
CREATE TABLE table_publication.parted (tenant_id uuid NOT NULL, id int, PRIMARY KEY (tenant_id, id)) PARTITION BY RANGE (id);
CREATE TABLE table_publication.part PARTITION OF table_publication.parted DEFAULT;
SELECT tenancy.protect('table_publication.parted');
RESET ROLE;
ALTER PUBLICATION table_publication_open ADD TABLE table_publication.part;
CREATE SCHEMA table_publication_published AUTHORIZATION regress_table_publication_owner;
CREATE PUBLICATION table_publication_published FOR TABLES IN SCHEMA table_publication_published;
ALTER TABLE table_publication.doc SET SCHEMA table_publication_published;
-- What is published already is not protected.
CREATE TABLE table_publication.hand (tenant_id uuid NOT NULL, id int, PRIMARY KEY (tenant_id, id));
ALTER PUBLICATION table_publication_open ADD TABLE table_publication.hand;
SELECT tenancy.protect('table_publication.hand');
-- Who may decode is not bound.
ALTER ROLE regress_table_publication_app REPLICATION;
\c - regress_table_publication_app
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
\c - :admin
ALTER ROLE regress_table_publication_app NOREPLICATION;
\c - regress_table_publication_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT pg_create_logical_replication_slot('mine', 'test_decoding');
SELECT pg_create_physical_replication_slot('mine');
CREATE PUBLICATION mine FOR TABLE table_publication.doc;
ROLLBACK;
\c - :admin
SET client_min_messages = error;
DROP PUBLICATION table_publication_open, table_publication_published;
DROP SCHEMA table_publication_published;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA table_publication CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'table_publication.%';
DROP ROLE regress_table_publication_owner, regress_table_publication_app;
