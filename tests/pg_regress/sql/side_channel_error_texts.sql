-- Error texts: constraint DETAIL, partition routing, casts. They show one's own row or nothing.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_side_channel_error_texts_owner, regress_side_channel_error_texts_app;
CREATE ROLE regress_side_channel_error_texts_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_side_channel_error_texts_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA side_channel_error_texts AUTHORIZATION regress_side_channel_error_texts_owner;
GRANT USAGE ON SCHEMA side_channel_error_texts TO regress_side_channel_error_texts_app;
SELECT tenancy.create_tenant('side_channel_error_texts.acme') AS acme, tenancy.create_tenant('side_channel_error_texts.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('side_channel_error_texts.acme', 'test') \gset
SET ROLE regress_side_channel_error_texts_owner;
CREATE TABLE side_channel_error_texts.doc (tenant_id uuid NOT NULL, id int CHECK (id > 0), body text, PRIMARY KEY (tenant_id, id));
INSERT INTO side_channel_error_texts.doc VALUES (:'acme', 1, 'acme 1'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('side_channel_error_texts.doc');
-- One partition for each tenant, as some do; acme and globex have one, initech has none.
CREATE TABLE side_channel_error_texts.parted (tenant_id text NOT NULL, id int NOT NULL, body text) PARTITION BY LIST (tenant_id);
CREATE TABLE side_channel_error_texts.acme PARTITION OF side_channel_error_texts.parted FOR VALUES IN ('side_channel_error_texts.acme');
CREATE TABLE side_channel_error_texts.globex PARTITION OF side_channel_error_texts.parted FOR VALUES IN ('side_channel_error_texts.globex');
CREATE INDEX ON side_channel_error_texts.parted (tenant_id);
SELECT tenancy.protect('side_channel_error_texts.parted');
GRANT SELECT, INSERT, UPDATE, DELETE ON side_channel_error_texts.doc, side_channel_error_texts.parted TO regress_side_channel_error_texts_app;
RESET ROLE;
\set VERBOSITY default
\c - regress_side_channel_error_texts_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
-- Checked before any constraint: nothing of the other tenant's decides which error comes.
INSERT INTO side_channel_error_texts.doc VALUES (:'globex', 3, 'x');
INSERT INTO side_channel_error_texts.doc VALUES (:'globex', 4, 'x');
INSERT INTO side_channel_error_texts.doc VALUES (:'globex', -1, 'x');
INSERT INTO side_channel_error_texts.doc VALUES (:'globex', NULL, 'x');
UPDATE side_channel_error_texts.doc SET tenant_id = :'globex', id = 3;
UPDATE side_channel_error_texts.doc SET tenant_id = :'globex', id = -1;
-- One's own row may be shown.
\set VERBOSITY sqlstate
INSERT INTO side_channel_error_texts.doc VALUES (:'acme', -1, 'x');
INSERT INTO side_channel_error_texts.doc VALUES (:'acme', 1, 'x');
\set VERBOSITY default
-- Partition bounds are no secret (the catalog shows them to everybody); the rows of a partition are.
INSERT INTO side_channel_error_texts.parted VALUES ('side_channel_error_texts.globex', 1, 'x');
\set VERBOSITY terse
INSERT INTO side_channel_error_texts.parted VALUES ('initech', 1, 'x');
INSERT INTO side_channel_error_texts.parted VALUES ('side_channel_error_texts.acme', 1, 'x');
UPDATE side_channel_error_texts.parted SET tenant_id = 'side_channel_error_texts.globex';
UPDATE side_channel_error_texts.parted SET tenant_id = 'initech';
-- Casts and arithmetic meet no other tenant's values.
SELECT body::int FROM side_channel_error_texts.doc WHERE id = 3;
SELECT count(*) FROM side_channel_error_texts.doc WHERE body::int > 0 AND tenant_id = :'globex';
SELECT count(*) FROM side_channel_error_texts.doc WHERE 1 / (id - 3) > 1;
SELECT count(*) FROM side_channel_error_texts.doc HAVING sum(1 / (id - 3)) > 1;
SELECT array_agg(body) FROM side_channel_error_texts.doc;
ROLLBACK;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA side_channel_error_texts CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'side_channel_error_texts.%';
DROP ROLE regress_side_channel_error_texts_owner, regress_side_channel_error_texts_app;
