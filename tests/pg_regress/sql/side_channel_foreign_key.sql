-- A foreign key is checked without row security: an insert tells whether another tenant has the row.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_side_channel_foreign_key_owner, regress_side_channel_foreign_key_app;
CREATE ROLE regress_side_channel_foreign_key_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_side_channel_foreign_key_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA side_channel_foreign_key AUTHORIZATION regress_side_channel_foreign_key_owner;
GRANT USAGE ON SCHEMA side_channel_foreign_key TO regress_side_channel_foreign_key_app;
SELECT tenancy.create_tenant('side_channel_foreign_key.acme') AS acme, tenancy.create_tenant('side_channel_foreign_key.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('side_channel_foreign_key.acme', 'test') \gset
SET ROLE regress_side_channel_foreign_key_owner;
CREATE TABLE side_channel_foreign_key.doc (tenant_id uuid NOT NULL, id int PRIMARY KEY, UNIQUE (tenant_id, id));
CREATE TABLE side_channel_foreign_key.note (tenant_id uuid NOT NULL, doc_id int REFERENCES side_channel_foreign_key.doc);
CREATE INDEX ON side_channel_foreign_key.note (tenant_id);
INSERT INTO side_channel_foreign_key.doc VALUES (:'acme', 1), (:'globex', 3);
RESET ROLE;
-- The control.
CREATE TABLE side_channel_foreign_key.hand AS TABLE side_channel_foreign_key.doc;
ALTER TABLE side_channel_foreign_key.hand ADD PRIMARY KEY (id), ENABLE ROW LEVEL SECURITY;
CREATE TABLE side_channel_foreign_key.hand_note (tenant_id uuid, doc_id int REFERENCES side_channel_foreign_key.hand);
ALTER TABLE side_channel_foreign_key.hand_note ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON side_channel_foreign_key.hand USING (tenant_id = current_setting('app.tenant')::uuid);
CREATE POLICY tenant ON side_channel_foreign_key.hand_note USING (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT, INSERT ON side_channel_foreign_key.hand, side_channel_foreign_key.hand_note TO regress_side_channel_foreign_key_app;
\set VERBOSITY default
SELECT tenancy.protect('side_channel_foreign_key.note');
SELECT tenancy.protect('side_channel_foreign_key.doc');
-- What mends it, as printed.
ALTER TABLE side_channel_foreign_key.note DROP CONSTRAINT note_doc_id_fkey; ALTER TABLE side_channel_foreign_key.doc DROP CONSTRAINT doc_pkey, ADD CONSTRAINT doc_pkey PRIMARY KEY (tenant_id, id);
ALTER TABLE side_channel_foreign_key.note DROP CONSTRAINT IF EXISTS note_doc_id_fkey, ADD CONSTRAINT note_doc_id_fkey FOREIGN KEY (tenant_id, doc_id) REFERENCES side_channel_foreign_key.doc (tenant_id, id);
SELECT tenancy.protect('side_channel_foreign_key.doc');
ALTER TABLE side_channel_foreign_key.note ADD CONSTRAINT other FOREIGN KEY (tenant_id, doc_id) REFERENCES side_channel_foreign_key.doc (tenant_id, id) ON DELETE SET NULL (doc_id);
ALTER TABLE side_channel_foreign_key.note DROP CONSTRAINT other;
\set VERBOSITY terse
GRANT SELECT, INSERT, UPDATE, DELETE ON side_channel_foreign_key.doc, side_channel_foreign_key.note TO regress_side_channel_foreign_key_app;
\c - regress_side_channel_foreign_key_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT set_config('app.tenant', :'acme', true) = :'acme' AS hand;
-- By hand: globex has 3, nobody has 4.
INSERT INTO side_channel_foreign_key.hand_note VALUES (:'acme', 3);
INSERT INTO side_channel_foreign_key.hand_note VALUES (:'acme', 4);
-- Protected: one answer to both.
INSERT INTO side_channel_foreign_key.note VALUES (:'acme', 3);
INSERT INTO side_channel_foreign_key.note VALUES (:'acme', 4);
INSERT INTO side_channel_foreign_key.note VALUES (:'globex', 3);
INSERT INTO side_channel_foreign_key.note VALUES (:'globex', 4);
INSERT INTO side_channel_foreign_key.note VALUES (:'acme', 1);
UPDATE side_channel_foreign_key.note SET tenant_id = :'globex', doc_id = 3;
UPDATE side_channel_foreign_key.note SET doc_id = 3;
UPDATE side_channel_foreign_key.note SET doc_id = 4;
ROLLBACK;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA side_channel_foreign_key CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'side_channel_foreign_key.%';
DROP ROLE regress_side_channel_foreign_key_owner, regress_side_channel_foreign_key_app;
