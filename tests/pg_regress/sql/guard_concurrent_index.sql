-- CREATE INDEX CONCURRENTLY commits on its way: refused at the end, a unique index stays behind, invalid and enforcing.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_guard_concurrent_index_owner, regress_guard_concurrent_index_app;
CREATE ROLE regress_guard_concurrent_index_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_guard_concurrent_index_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA guard_concurrent_index AUTHORIZATION regress_guard_concurrent_index_owner;
GRANT USAGE ON SCHEMA guard_concurrent_index TO regress_guard_concurrent_index_app;
SELECT tenancy.create_tenant('guard_concurrent_index.acme') AS acme, tenancy.create_tenant('guard_concurrent_index.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('guard_concurrent_index.acme', 'test') \gset
SET ROLE regress_guard_concurrent_index_owner;
CREATE TABLE guard_concurrent_index.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO guard_concurrent_index.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('guard_concurrent_index.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON guard_concurrent_index.doc TO regress_guard_concurrent_index_app;
RESET ROLE;
CREATE UNIQUE INDEX CONCURRENTLY by_id ON guard_concurrent_index.doc (body);
SELECT indexrelid::regclass, indisvalid, indisready FROM pg_index
WHERE indrelid = 'guard_concurrent_index.doc'::regclass AND indisunique AND NOT indisprimary;
\c - regress_guard_concurrent_index_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
INSERT INTO guard_concurrent_index.doc VALUES (:'acme', 3, 'globex 3');
ROLLBACK;
\c - :admin
-- One with the tenant is welcome, as is one that is not unique.
CREATE UNIQUE INDEX CONCURRENTLY by_body ON guard_concurrent_index.doc (tenant_id, body);
CREATE INDEX CONCURRENTLY ON guard_concurrent_index.doc (body);
SELECT indexrelid::regclass, indisvalid, indisready FROM pg_index WHERE indrelid = 'guard_concurrent_index.doc'::regclass ORDER BY 1;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA guard_concurrent_index CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'guard_concurrent_index.%';
DROP ROLE regress_guard_concurrent_index_owner, regress_guard_concurrent_index_app;
