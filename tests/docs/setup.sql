-- What the guides begin with: the state that the quick start of README.md ends in. `:acme` and `:globex` hold the
-- tenants' API keys, `:token` a token for acme, `:narrow_token` one that may only read, and in team blue.
SET client_min_messages = warning;
CREATE EXTENSION pg_tenancy CASCADE;
RESET client_min_messages;

CREATE ROLE operator LOGIN IN ROLE tenancy_admin;
CREATE ROLE app_owner NOLOGIN;
CREATE ROLE app LOGIN IN ROLE tenancy_app;
SELECT format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()) \gexec

CREATE TABLE note (
    tenant_id uuid NOT NULL,
    note_id   bigint GENERATED ALWAYS AS IDENTITY,
    body      text NOT NULL,
    PRIMARY KEY (tenant_id, note_id)
);
ALTER TABLE note OWNER TO app_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON note TO app;
SELECT tenancy.protect('note');

SELECT tenancy.create_tenant('acme', 'Acme Ltd');
SELECT tenancy.create_tenant('globex', 'Globex Inc');
SELECT key_id AS acme_id, secret AS acme FROM tenancy.create_key('acme', 'web') \gset
SELECT key_id AS globex_id, secret AS globex FROM tenancy.create_key('globex', 'web') \gset

\ir ../fixtures/tokens.sql
\set token :token_acme
\set narrow_token :token_acme_rich
