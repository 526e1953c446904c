-- What is counted across tenants: sequences, ctid, row counts. Stated here as it is, for who reads it as evidence.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_side_channel_row_position_owner, regress_side_channel_row_position_app;
CREATE ROLE regress_side_channel_row_position_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_side_channel_row_position_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA side_channel_row_position AUTHORIZATION regress_side_channel_row_position_owner;
GRANT USAGE ON SCHEMA side_channel_row_position TO regress_side_channel_row_position_app;
SELECT tenancy.create_tenant('side_channel_row_position.acme') AS acme, tenancy.create_tenant('side_channel_row_position.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('side_channel_row_position.acme', 'test') \gset
SET ROLE regress_side_channel_row_position_owner;
CREATE TABLE side_channel_row_position.doc (tenant_id uuid NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY, body text, PRIMARY KEY (tenant_id, id));
CREATE TABLE side_channel_row_position.doc_by_uuid (tenant_id uuid NOT NULL, id uuid DEFAULT gen_random_uuid(), PRIMARY KEY (tenant_id, id));
INSERT INTO side_channel_row_position.doc (tenant_id, body) VALUES (:'acme', 'acme 1'), (:'globex', 'globex 1'), (:'globex', 'globex 2');
SELECT tenancy.protect('side_channel_row_position.doc');
SELECT tenancy.protect('side_channel_row_position.doc_by_uuid');
GRANT SELECT, INSERT, UPDATE, DELETE ON side_channel_row_position.doc, side_channel_row_position.doc_by_uuid TO regress_side_channel_row_position_app;
RESET ROLE;
\c - regress_side_channel_row_position_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
-- The sequence behind the identity column is not the application's to read or to draw from.
SELECT last_value FROM side_channel_row_position.doc_id_seq;
SELECT nextval('side_channel_row_position.doc_id_seq');
SELECT currval('side_channel_row_position.doc_id_seq');
SELECT setval('side_channel_row_position.doc_id_seq', 1);
SELECT last_value FROM pg_sequences WHERE schemaname = 'side_channel_row_position';
-- A gap in one's own numbers, or between one's own rows on disk, still tells that there are others: use uuids.
INSERT INTO side_channel_row_position.doc (body) VALUES ('acme 2') RETURNING id;
SELECT id, ctid FROM side_channel_row_position.doc ORDER BY id;
INSERT INTO side_channel_row_position.doc_by_uuid DEFAULT VALUES RETURNING tenant_id = :'acme' AS mine;
-- By place nobody's row but one's own is read, changed or locked.
SELECT body FROM side_channel_row_position.doc WHERE ctid = '(0,2)';
UPDATE side_channel_row_position.doc SET body = 'changed' WHERE ctid = '(0,2)' RETURNING body;
DELETE FROM side_channel_row_position.doc WHERE ctid = '(0,3)' RETURNING body;
SELECT body FROM side_channel_row_position.doc WHERE ctid = '(0,2)' FOR UPDATE;
-- Counts that statements report are one's own.
WITH changed AS (UPDATE side_channel_row_position.doc SET body = body RETURNING *) SELECT count(*) FROM changed;
DO $$ DECLARE n bigint; BEGIN UPDATE side_channel_row_position.doc SET body = body; GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE 'rows: %', n; END $$;
DELETE FROM side_channel_row_position.doc;
\echo :ROW_COUNT
ROLLBACK;
-- Numbers drawn by the tenant before, in the same session of a pool, are gone.
\c - :admin
CREATE SEQUENCE side_channel_row_position.numbers;
GRANT USAGE ON SEQUENCE side_channel_row_position.numbers TO regress_side_channel_row_position_app;
SELECT secret AS globex_key FROM tenancy.create_key('side_channel_row_position.globex', 'test') \gset
\c - regress_side_channel_row_position_app
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT nextval('side_channel_row_position.numbers') > 0 AS drawn;
SELECT currval('side_channel_row_position.numbers') = lastval() AS own;
COMMIT;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
\set VERBOSITY sqlstate
SELECT lastval();
SELECT currval('side_channel_row_position.numbers');
\set VERBOSITY terse
ROLLBACK;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA side_channel_row_position CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'side_channel_row_position.%';
DROP ROLE regress_side_channel_row_position_owner, regress_side_channel_row_position_app;
