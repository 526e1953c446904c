-- A unique key across tenants tells that another tenant has the value.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_side_channel_unique_violation_owner, regress_side_channel_unique_violation_app;
CREATE ROLE regress_side_channel_unique_violation_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_side_channel_unique_violation_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA side_channel_unique_violation AUTHORIZATION regress_side_channel_unique_violation_owner;
GRANT USAGE ON SCHEMA side_channel_unique_violation TO regress_side_channel_unique_violation_app;
SELECT tenancy.create_tenant('side_channel_unique_violation.acme') AS acme, tenancy.create_tenant('side_channel_unique_violation.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('side_channel_unique_violation.acme', 'test') \gset
SET ROLE regress_side_channel_unique_violation_owner;
CREATE TABLE side_channel_unique_violation.account (tenant_id uuid NOT NULL, id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text UNIQUE);
CREATE UNIQUE INDEX account_lower ON side_channel_unique_violation.account (lower(email)) WHERE email IS NOT NULL;
INSERT INTO side_channel_unique_violation.account (tenant_id, email) VALUES (:'globex', 'ceo@globex.test');
RESET ROLE;
-- The control.
CREATE TABLE side_channel_unique_violation.hand (tenant_id uuid, email text UNIQUE);
INSERT INTO side_channel_unique_violation.hand VALUES (:'globex', 'ceo@globex.test');
ALTER TABLE side_channel_unique_violation.hand ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON side_channel_unique_violation.hand USING (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT, INSERT ON side_channel_unique_violation.hand TO regress_side_channel_unique_violation_app;
-- Every such key is named, with what mends it.
SET ROLE regress_side_channel_unique_violation_owner;
\set VERBOSITY default
SELECT tenancy.protect('side_channel_unique_violation.account');
ALTER TABLE side_channel_unique_violation.account DROP CONSTRAINT account_pkey, ADD CONSTRAINT account_pkey PRIMARY KEY (tenant_id, id);
ALTER TABLE side_channel_unique_violation.account DROP CONSTRAINT account_email_key, ADD CONSTRAINT account_email_key UNIQUE (tenant_id, email);
DROP INDEX side_channel_unique_violation.account_lower; CREATE UNIQUE INDEX account_lower ON side_channel_unique_violation.account (tenant_id, lower(email)) WHERE (email IS NOT NULL);
SELECT tenancy.protect('side_channel_unique_violation.account');
-- None comes back.
ALTER TABLE side_channel_unique_violation.account ADD UNIQUE (email);
\set VERBOSITY terse
CREATE UNIQUE INDEX ON side_channel_unique_violation.account (email);
CREATE UNIQUE INDEX ON side_channel_unique_violation.account (email) INCLUDE (tenant_id);
CREATE UNIQUE INDEX ON side_channel_unique_violation.account ((tenant_id::text), email);
ALTER TABLE side_channel_unique_violation.account ADD COLUMN code text UNIQUE;
ALTER TABLE side_channel_unique_violation.account ADD EXCLUDE USING btree (email WITH =);
ALTER TABLE side_channel_unique_violation.account ADD EXCLUDE USING hash (email WITH =);
GRANT SELECT, INSERT, UPDATE ON side_channel_unique_violation.account TO regress_side_channel_unique_violation_app;
RESET ROLE;
\c - regress_side_channel_unique_violation_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT set_config('app.tenant', :'acme', true) = :'acme' AS hand;
INSERT INTO side_channel_unique_violation.hand VALUES (:'acme', 'ceo@globex.test');
INSERT INTO side_channel_unique_violation.account (email) VALUES ('ceo@globex.test');
INSERT INTO side_channel_unique_violation.account (email) VALUES ('ceo@globex.test');
INSERT INTO side_channel_unique_violation.account (tenant_id, email) VALUES (:'globex', 'ceo@globex.test');
INSERT INTO side_channel_unique_violation.account (tenant_id, email) VALUES (:'globex', 'nobody@globex.test');
UPDATE side_channel_unique_violation.account SET tenant_id = :'globex';
ROLLBACK;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA side_channel_unique_violation CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'side_channel_unique_violation.%';
DROP ROLE regress_side_channel_unique_violation_owner, regress_side_channel_unique_violation_app;
