-- Who may manage keys and tenants: an administrator. An application, an auditor and a role without any grant may not call the
-- functions nor touch the tables, bound or not. An administrator manages, but neither deletes nor takes the guard away.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE ROLE regress_world_auditor LOGIN IN ROLE tenancy_auditor;
SELECT array_agg(s ORDER BY n) AS statements FROM unnest(ARRAY[
    'SELECT tenancy.create_tenant(''mine'')',
    'SELECT tenancy.suspend_tenant(''globex'')',
    'SELECT tenancy.resume_tenant(''initech'')',
    'SELECT key_id FROM tenancy.create_key(''globex'', ''mine'')',
    'SELECT key_id FROM tenancy.rotate_key(''00000000-0000-4000-8000-000000000000'')',
    'SELECT tenancy.revoke_key(''00000000-0000-4000-8000-000000000000'')',
    'SELECT tenancy.protect(''world.note'')',
    'SELECT tenancy.unprotect(''world.note'')',
    'SELECT tenancy.manage_schema(''world'')',
    'SELECT tenancy.unmanage_schema(''world'')',
    'SELECT tenancy._credential_changed()',
    'SELECT count(*) > 2 FROM tenancy.tenant',
    'SELECT count(*) > 2 FROM tenancy.api_key',
    'SELECT count(secret_digest) > 2 FROM tenancy.api_key',
    'SELECT count(*) > 2 FROM tenancy.tenant_list',
    'SELECT count(*) > 2 FROM tenancy.key_list',
    'SELECT count(*) > 0 FROM tenancy.protected_relation',
    'SELECT count(*) > 0 FROM tenancy.protected_table',
    'SELECT count(*) FROM tenancy.managed_schema',
    'INSERT INTO tenancy.tenant (slug, display_name) VALUES (''mine-too'', ''mine'') RETURNING 1',
    'UPDATE tenancy.tenant SET status = ''active'' WHERE slug = ''initech'' RETURNING 1',
    'DELETE FROM tenancy.tenant WHERE slug = ''globex'' RETURNING 1',
    'UPDATE tenancy.api_key SET revoked_at = NULL WHERE false RETURNING 1',
    'DELETE FROM tenancy.api_key WHERE false RETURNING 1',
    'DELETE FROM tenancy.protected_table WHERE false RETURNING 1',
    'UPDATE tenancy.protected_table SET tenant_column = ''id'' WHERE false RETURNING 1',
    'TRUNCATE tenancy.api_key',
    'LOCK TABLE tenancy.api_key IN ACCESS EXCLUSIVE MODE',
    'SELECT nextval(''tenancy.tenant_tenant_number_seq'') > 0',
    'ALTER TABLE tenancy.api_key DISABLE TRIGGER ALL',
    'DROP TABLE tenancy.api_key',
    'DROP FUNCTION tenancy.current_tenant()',
    'DROP EXTENSION pg_tenancy',
    'CREATE OR REPLACE FUNCTION tenancy.current_tenant() RETURNS uuid LANGUAGE sql AS ''SELECT NULL::uuid''',
    'SELECT tenancy.bind(''nonsense'')'
]) WITH ORDINALITY u (s, n) \gset
\c - regress_world_plain
CALL world.attempt_each(:'statements', :'statements');
\c - regress_world_app
CALL world.attempt_each(:'statements', :'statements');
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT s AS not_refused, answer FROM (SELECT s, world.attempt(s) AS answer FROM unnest(:'statements'::text[]) s OFFSET 0) a WHERE answer !~ '^42501 ';
ROLLBACK;
\c - regress_world_auditor
CALL world.attempt_each(:'statements', :'statements');
\c - regress_world_admin
BEGIN;
SELECT s AS refused, answer FROM (SELECT s, world.attempt(s) AS answer FROM unnest(:'statements'::text[]) s OFFSET 0) a WHERE answer ~ '^[0-9A-Z]{5} ';
ROLLBACK;
\i :suites/../fixtures/clear.sql
