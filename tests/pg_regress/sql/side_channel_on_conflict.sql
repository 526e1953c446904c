-- ON CONFLICT DO NOTHING says 0 rows where another tenant has the key.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_side_channel_on_conflict_owner, regress_side_channel_on_conflict_app;
CREATE ROLE regress_side_channel_on_conflict_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_side_channel_on_conflict_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA side_channel_on_conflict AUTHORIZATION regress_side_channel_on_conflict_owner;
GRANT USAGE ON SCHEMA side_channel_on_conflict TO regress_side_channel_on_conflict_app;
SELECT tenancy.create_tenant('side_channel_on_conflict.acme') AS acme, tenancy.create_tenant('side_channel_on_conflict.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('side_channel_on_conflict.acme', 'test') \gset
SET ROLE regress_side_channel_on_conflict_owner;
CREATE TABLE side_channel_on_conflict.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO side_channel_on_conflict.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('side_channel_on_conflict.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON side_channel_on_conflict.doc TO regress_side_channel_on_conflict_app;
RESET ROLE;
CREATE TABLE side_channel_on_conflict.hand (tenant_id uuid, body text PRIMARY KEY);
INSERT INTO side_channel_on_conflict.hand SELECT tenant_id, body FROM side_channel_on_conflict.doc;
ALTER TABLE side_channel_on_conflict.hand ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON side_channel_on_conflict.hand USING (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT, INSERT, UPDATE ON side_channel_on_conflict.hand TO regress_side_channel_on_conflict_app;
\c - regress_side_channel_on_conflict_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT set_config('app.tenant', :'acme', true) = :'acme' AS hand;
-- By hand: no row, as globex has it; a row, as nobody has it.
WITH new AS (INSERT INTO side_channel_on_conflict.hand VALUES (:'acme', 'globex 3') ON CONFLICT DO NOTHING RETURNING *) SELECT count(*) FROM new;
WITH new AS (INSERT INTO side_channel_on_conflict.hand VALUES (:'acme', 'globex 4') ON CONFLICT DO NOTHING RETURNING *) SELECT count(*) FROM new;
-- Protected: a row, both times, whether globex has the key or not; and none of globex's can be named.
WITH new AS (INSERT INTO side_channel_on_conflict.doc VALUES (:'acme', 3, 'x') ON CONFLICT DO NOTHING RETURNING *) SELECT count(*) FROM new;
WITH new AS (INSERT INTO side_channel_on_conflict.doc VALUES (:'acme', 4, 'x') ON CONFLICT DO NOTHING RETURNING *) SELECT count(*) FROM new;
INSERT INTO side_channel_on_conflict.doc VALUES (:'globex', 3, 'x') ON CONFLICT DO NOTHING;
INSERT INTO side_channel_on_conflict.doc VALUES (:'globex', 4, 'x') ON CONFLICT DO NOTHING;
INSERT INTO side_channel_on_conflict.doc VALUES (:'globex', 3, 'x') ON CONFLICT (tenant_id, id) DO UPDATE SET body = 'y';
INSERT INTO side_channel_on_conflict.doc VALUES (:'globex', 4, 'x') ON CONFLICT (tenant_id, id) DO UPDATE SET body = 'y';
-- A conflict needs a key, and there is none without the tenant.
INSERT INTO side_channel_on_conflict.doc VALUES (:'acme', 3, 'x') ON CONFLICT (id) DO NOTHING;
ROLLBACK;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA side_channel_on_conflict CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'side_channel_on_conflict.%';
DROP ROLE regress_side_channel_on_conflict_owner, regress_side_channel_on_conflict_app;
