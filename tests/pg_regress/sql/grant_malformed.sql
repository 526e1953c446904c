-- Grants that are refused, each with the reason, and by whom; nothing is left of them.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.parted (tenant_id uuid NOT NULL, scope tenancy.scope NOT NULL, id int) PARTITION BY RANGE (id);
CREATE TABLE world.part PARTITION OF world.parted FOR VALUES FROM (1) TO (10);
CREATE TABLE world.loose (LIKE world.parted);
CREATE VIEW world.looking WITH (security_invoker = true) AS SELECT * FROM world.note;
ALTER TABLE world.parted OWNER TO regress_world_owner;
ALTER TABLE world.part OWNER TO regress_world_owner;
ALTER TABLE world.loose OWNER TO regress_world_owner;
ALTER VIEW world.looking OWNER TO regress_world_owner;
SET client_min_messages = warning;
SELECT tenancy.protect('world.parted', scope_column => 'scope');
GRANT regress_world_owner TO regress_world_admin;
CREATE ROLE regress_world_other LOGIN IN ROLE tenancy_admin;
\set nil '00000000-0000-0000-0000-000000000000'
\c - regress_world_admin
\set ON_ERROR_ROLLBACK on
SELECT what, world.attempt('SELECT tenancy.grant_read(' || arguments || ')') AS answer FROM (VALUES
    ('itself', '''acme'', ''acme'', ''world.note'''),
    ('itself by id', format('''acme'', %L, ''world.note''', :'acme')),
    ('unknown owner', '''nobody'', ''globex'', ''world.note'''),
    ('unknown grantee', '''acme'', ''nobody'', ''world.note'''),
    ('everybody', '''acme'', ''*'', ''world.note'''),
    ('number', '''acme'', ''900002'', ''world.note'''),
    ('empty name', ''''', ''globex'', ''world.note'''),
    ('shared as owner', '''shared'', ''globex'', ''world.note'''),
    ('shared as grantee', format('''acme'', %L, ''world.note''', :'nil')),
    ('NULL owner', 'NULL, ''globex'', ''world.note'''),
    ('NULL grantee', '''acme'', NULL, ''world.note'''),
    ('NULL table', '''acme'', ''globex'', NULL'),
    ('not protected', '''acme'', ''globex'', ''world.loose'''),
    ('partition', '''acme'', ''globex'', ''world.part'''),
    ('view', '''acme'', ''globex'', ''world.looking'''),
    ('index', '''acme'', ''globex'', ''world.note_pkey'''),
    ('no table', '''acme'', ''globex'', ''world.nothing'''),
    ('no such oid', '''acme'', ''globex'', 4294967295::regclass'),
    ('of the system', '''acme'', ''globex'', ''pg_authid'''),
    ('of the extension', '''acme'', ''globex'', ''tenancy.api_key'''),
    ('in the past', '''acme'', ''globex'', ''world.note'', expires_at => ''2001-01-01'''),
    ('now', '''acme'', ''globex'', ''world.note'', expires_at => now()'),
    ('before time', '''acme'', ''globex'', ''world.note'', expires_at => ''-infinity'''),
    ('scope list', '''acme'', ''globex'', ''world.note'', ''{"team": ["x"]}'''),
    ('scope text', '''acme'', ''globex'', ''world.note'', ''team'''),
    ('scope null', '''acme'', ''globex'', ''world.note'', ''null''')
) v (what, arguments);
SELECT tenancy.grant_read('acme', 'globex', 'world.loose');
SELECT tenancy.grant_read('acme', 'globex', 'world.part');
SELECT tenancy.grant_read('acme', 'acme', 'world.note');
SELECT tenancy.revoke_read(:'nil');
SELECT tenancy.revoke_read(NULL);
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT tenancy.grant_read('acme', 'globex', 'world.note');
ROLLBACK;
-- A table without scopes is granted as a whole.
SELECT tenancy.grant_read('acme', 'globex', 'world.note', '{"team": "x"}') IS NOT NULL AS granted;
\! $APP -c "BEGIN" -c "SELECT tenancy.bind('$GLOBEX_KEY') IS NOT NULL" -c "SELECT count(*) FROM note" -c "COMMIT"
SELECT tenancy.grant_read('acme', 'globex', 'world.parted', NULL, 'infinity') IS NOT NULL AS null_is_everything;
SELECT relation_name, scope, expires_at, status FROM tenancy.read_grant_list ORDER BY granted_at;
-- Who may not: an administrator that doesn't own the table, an owner that is no administrator, an application, bound or not.
\c - regress_world_other
SELECT tenancy.grant_read('acme', 'globex', 'world.note');
\c - :SUPERUSER
SET ROLE regress_world_owner;
SELECT tenancy.grant_read('acme', 'globex', 'world.note');
RESET ROLE;
\c - regress_world_app
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.grant_read('acme', 'globex', 'world.note');
SELECT tenancy.revoke_read(:'nil');
SELECT * FROM tenancy.read_grant;
SELECT * FROM tenancy.read_grant_list;
INSERT INTO tenancy.read_grant (owner_id, grantee_id, relation, relation_name) VALUES (:'globex', :'acme', 'world.note', 'world.note');
UPDATE tenancy.read_grant SET grantee_id = :'acme';
COMMIT;
\c - :SUPERUSER
DELETE FROM tenancy.read_grant;
\i :suites/../fixtures/clear.sql
