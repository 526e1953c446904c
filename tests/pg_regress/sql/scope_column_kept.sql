-- A scope column stays as protect wants it: of type tenancy.scope, there, never NULL, under its policies.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
SET client_min_messages = warning;
GRANT tenancy_admin TO regress_world_owner;
SET ROLE regress_world_owner;
\set ON_ERROR_ROLLBACK on
-- What protect refuses, and what mends it.
CREATE TABLE world.doc (tenant_id uuid, id int, label text NOT NULL DEFAULT '', wide jsonb, made tenancy.scope GENERATED ALWAYS AS ('{"a": "b"}'::jsonb) STORED,
    maybe tenancy.scope, PRIMARY KEY (tenant_id, id));
INSERT INTO world.doc (tenant_id, id, wide) VALUES (:'acme', 1, '{"team": "x"}');
SELECT tenancy.protect('world.doc', scope_column => 'missing');
SELECT tenancy.protect('world.doc', scope_column => 'label');
SELECT tenancy.protect('world.doc', scope_column => 'wide');
SELECT tenancy.protect('world.doc', scope_column => 'made');
SELECT tenancy.protect('world.doc', scope_column => 'maybe');
SELECT tenancy.protect('world.doc', scope_column => 'tenant_id');
SELECT tenancy.protect('world.doc', scope_column => 'ctid');
SELECT tenancy.protect('world.doc', scope_column => '');
SELECT count(*) FROM tenancy.protected_table WHERE relation = 'world.doc'::regclass;
UPDATE world.doc SET maybe = '{"team": "x"}';
BEGIN;
SELECT tenancy.protect('world.doc', scope_column => 'maybe');
SELECT attname, attnotnull, pg_get_expr(adbin, adrelid) AS default FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE attrelid = 'world.doc'::regclass AND attname = 'maybe';
ROLLBACK;
ALTER TABLE world.doc ALTER COLUMN wide TYPE tenancy.scope USING wide::text::jsonb;
SELECT tenancy.protect('world.doc', scope_column => 'wide');
SELECT tenancy.protect('world.doc', scope_column => 'maybe');
SELECT policy, using_text, check_text FROM tenancy.expected_policy WHERE relation = 'world.doc'::regclass ORDER BY policy;
SELECT polname FROM pg_policy WHERE polrelid = 'world.doc'::regclass ORDER BY polname;
-- A DOMAIN over it, or one of the same name elsewhere, is another type.
CREATE DOMAIN world.scope AS jsonb;
CREATE TABLE world.other (tenant_id uuid NOT NULL, scope world.scope NOT NULL, id int, PRIMARY KEY (tenant_id, id));
SELECT tenancy.protect('world.other', scope_column => 'scope');

-- The guard.
ALTER TABLE world.doc DROP COLUMN wide;
\set VERBOSITY terse
ALTER TABLE world.doc DROP COLUMN wide CASCADE;
ALTER TABLE world.doc RENAME COLUMN wide TO narrow;
ALTER TABLE world.doc ALTER COLUMN wide DROP NOT NULL;
ALTER TABLE world.doc ALTER COLUMN wide TYPE jsonb;
ALTER TABLE world.doc ALTER COLUMN wide TYPE world.scope;
DROP POLICY tenancy_select_scope ON world.doc;
DROP POLICY tenancy_insert_scope ON world.doc;
DROP POLICY tenancy_update_scope ON world.doc;
DROP POLICY tenancy_delete_scope ON world.doc;
ALTER POLICY tenancy_select_scope ON world.doc USING (true);
ALTER POLICY tenancy_insert_scope ON world.doc WITH CHECK (true);
ALTER POLICY tenancy_update_scope ON world.doc WITH CHECK (true);
ALTER POLICY tenancy_delete_scope ON world.doc TO regress_world_plain;
ALTER POLICY tenancy_delete_scope ON world.doc RENAME TO other;
ALTER TABLE world.doc NO FORCE ROW LEVEL SECURITY;
ALTER DOMAIN tenancy.scope DROP CONSTRAINT scope_check;
ALTER TABLE world.doc DISABLE ROW LEVEL SECURITY;
-- A default of the owner's may stand: the policies check what it gives.
ALTER TABLE world.doc ALTER COLUMN wide SET DEFAULT '{"team": "y"}';
RESET ROLE;
\i :suites/../fixtures/clear.sql
