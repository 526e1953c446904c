-- Postgres checks a new foreign key by queries of the owner's. Forced row security must not make it valid over no rows, nor keep the owner from it.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_guard_foreign_key_by_owner_owner, regress_guard_foreign_key_by_owner_app;
CREATE ROLE regress_guard_foreign_key_by_owner_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_guard_foreign_key_by_owner_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA guard_foreign_key_by_owner AUTHORIZATION regress_guard_foreign_key_by_owner_owner;
GRANT USAGE ON SCHEMA guard_foreign_key_by_owner TO regress_guard_foreign_key_by_owner_app;
SELECT tenancy.create_tenant('guard_foreign_key_by_owner.acme') AS acme, tenancy.create_tenant('guard_foreign_key_by_owner.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('guard_foreign_key_by_owner.acme', 'test') \gset
SET ROLE regress_guard_foreign_key_by_owner_owner;
CREATE TABLE guard_foreign_key_by_owner.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO guard_foreign_key_by_owner.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('guard_foreign_key_by_owner.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON guard_foreign_key_by_owner.doc TO regress_guard_foreign_key_by_owner_app;
RESET ROLE;
SET ROLE regress_guard_foreign_key_by_owner_owner;
CREATE TABLE guard_foreign_key_by_owner.note (tenant_id uuid NOT NULL, id int, doc_id int, PRIMARY KEY (tenant_id, id));
INSERT INTO guard_foreign_key_by_owner.note VALUES (:'acme', 1, 1), (:'globex', 1, 3), (:'acme', 2, 3);
SELECT tenancy.protect('guard_foreign_key_by_owner.note');
RESET ROLE;
\c - regress_guard_foreign_key_by_owner_owner
BEGIN;
SET LOCAL tenancy.unbound = 'empty';
\set VERBOSITY sqlstate
ALTER TABLE guard_foreign_key_by_owner.note ADD FOREIGN KEY (tenant_id, doc_id) REFERENCES guard_foreign_key_by_owner.doc;
\set VERBOSITY terse
ROLLBACK;
ALTER TABLE guard_foreign_key_by_owner.note ADD CONSTRAINT later FOREIGN KEY (tenant_id, doc_id) REFERENCES guard_foreign_key_by_owner.doc NOT VALID;
\set VERBOSITY sqlstate
ALTER TABLE guard_foreign_key_by_owner.note VALIDATE CONSTRAINT later;
\set VERBOSITY terse
SELECT conname, convalidated FROM pg_constraint WHERE conrelid = 'guard_foreign_key_by_owner.note'::regclass AND contype = 'f';
-- What the owner may see for a constraint's sake it may not see in a query.
SELECT count(*) FROM guard_foreign_key_by_owner.doc;
\c - :admin
DELETE FROM guard_foreign_key_by_owner.note WHERE id = 2;
\c - regress_guard_foreign_key_by_owner_owner
ALTER TABLE guard_foreign_key_by_owner.note VALIDATE CONSTRAINT later;
ALTER TABLE guard_foreign_key_by_owner.note DROP CONSTRAINT later, ADD FOREIGN KEY (tenant_id, doc_id) REFERENCES guard_foreign_key_by_owner.doc ON DELETE CASCADE;
SELECT convalidated, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'guard_foreign_key_by_owner.note'::regclass AND contype = 'f';
-- A tenant's session gets no such view of the rows.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
ALTER TABLE guard_foreign_key_by_owner.note ADD CHECK (id > 0);
ROLLBACK;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA guard_foreign_key_by_owner CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'guard_foreign_key_by_owner.%';
DROP ROLE regress_guard_foreign_key_by_owner_owner, regress_guard_foreign_key_by_owner_app;
