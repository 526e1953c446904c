-- ON DELETE CASCADE deletes without row security: A's row takes B's rows with it.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_table_delete_cascade_owner, regress_table_delete_cascade_app;
CREATE ROLE regress_table_delete_cascade_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_table_delete_cascade_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA table_delete_cascade AUTHORIZATION regress_table_delete_cascade_owner;
GRANT USAGE ON SCHEMA table_delete_cascade TO regress_table_delete_cascade_app;
SELECT tenancy.create_tenant('table_delete_cascade.acme') AS acme, tenancy.create_tenant('table_delete_cascade.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('table_delete_cascade.acme', 'test') \gset
SET ROLE regress_table_delete_cascade_owner;
CREATE TABLE table_delete_cascade.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO table_delete_cascade.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('table_delete_cascade.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON table_delete_cascade.doc TO regress_table_delete_cascade_app;
RESET ROLE;
SET ROLE regress_table_delete_cascade_owner;
CREATE TABLE table_delete_cascade.note (tenant_id uuid NOT NULL, doc_id int, body text);
CREATE INDEX ON table_delete_cascade.note (tenant_id);
RESET ROLE;
-- The control: documents that are numbered across tenants, and notes that refer to them by number alone.
CREATE TABLE table_delete_cascade.hand (tenant_id uuid NOT NULL, id int PRIMARY KEY);
CREATE TABLE table_delete_cascade.hand_note (tenant_id uuid NOT NULL, doc_id int REFERENCES table_delete_cascade.hand ON DELETE CASCADE);
INSERT INTO table_delete_cascade.hand VALUES (:'acme', 1);
INSERT INTO table_delete_cascade.hand_note VALUES (:'globex', 1);
ALTER TABLE table_delete_cascade.hand ENABLE ROW LEVEL SECURITY;
ALTER TABLE table_delete_cascade.hand_note ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON table_delete_cascade.hand USING (tenant_id = current_setting('app.tenant')::uuid);
CREATE POLICY tenant ON table_delete_cascade.hand_note USING (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT, DELETE ON table_delete_cascade.hand, table_delete_cascade.hand_note TO regress_table_delete_cascade_app;
-- A key that does not pair the tenants is refused, whichever way it comes.
SET ROLE regress_table_delete_cascade_owner;
SELECT tenancy.protect('table_delete_cascade.note');
RESET ROLE;
\set VERBOSITY default
ALTER TABLE table_delete_cascade.doc ADD COLUMN parent uuid, ADD COLUMN parent_id int,
    ADD FOREIGN KEY (parent, parent_id) REFERENCES table_delete_cascade.doc ON DELETE CASCADE;
\set VERBOSITY terse
-- Paired, it cascades within the tenant.
ALTER TABLE table_delete_cascade.note ADD FOREIGN KEY (tenant_id, doc_id) REFERENCES table_delete_cascade.doc ON DELETE CASCADE;
INSERT INTO table_delete_cascade.note VALUES (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'), (:'globex', 1, 'globex 1');
GRANT SELECT, DELETE ON table_delete_cascade.note TO regress_table_delete_cascade_app;
-- An unprotected table that protected rows refer to must not cascade into them.
SET ROLE regress_table_delete_cascade_owner;
CREATE TABLE table_delete_cascade.country (code text PRIMARY KEY);
CREATE TABLE table_delete_cascade.city (tenant_id uuid NOT NULL, id int, country text REFERENCES table_delete_cascade.country ON DELETE CASCADE,
                      PRIMARY KEY (tenant_id, id));
SELECT tenancy.protect('table_delete_cascade.city');
ALTER TABLE table_delete_cascade.city DROP CONSTRAINT city_country_fkey, ADD FOREIGN KEY (country) REFERENCES table_delete_cascade.country;
SELECT tenancy.protect('table_delete_cascade.city');
-- While nobody but the owner may change its rows, there is nothing to learn; nor does that change.
GRANT DELETE ON table_delete_cascade.country TO regress_table_delete_cascade_app;
GRANT UPDATE (code) ON table_delete_cascade.country TO PUBLIC;
RESET ROLE;
\c - regress_table_delete_cascade_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT set_config('app.tenant', :'acme', true) = :'acme' AS hand;
DELETE FROM table_delete_cascade.hand;
DELETE FROM table_delete_cascade.doc WHERE id = 1;
SELECT body FROM table_delete_cascade.note;
COMMIT;
\c - :admin
SELECT count(*) AS notes_of_globex FROM table_delete_cascade.hand_note WHERE tenant_id = :'globex';
SELECT count(*) AS notes_of_globex FROM table_delete_cascade.note WHERE tenant_id = :'globex';
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA table_delete_cascade CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'table_delete_cascade.%';
DROP ROLE regress_table_delete_cascade_owner, regress_table_delete_cascade_app;
