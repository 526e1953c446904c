-- Rows of the tenant "shared" are read by every tenant, through shared tables only, and written by administrators only.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\i :suites/../fixtures/sign.sql
\set nil '00000000-0000-0000-0000-000000000000'
\set ECHO none
SELECT format('CREATE TABLE world.by_%1$s (tenant_id %1$s NOT NULL, scope tenancy.scope NOT NULL DEFAULT ''{}'', id int, PRIMARY KEY (tenant_id, id))', t) FROM unnest('{uuid,text,int,bigint}'::text[]) t \gexec
\set ECHO all
INSERT INTO world.by_uuid SELECT tenant::uuid, scope::jsonb, n FROM unnest(ARRAY[:'acme', :'globex', :'nil']) WITH ORDINALITY t (tenant, tens), unnest(ARRAY['{}', '{"team": "x"}', '{"team": "y"}']) WITH ORDINALITY s (scope, ones), LATERAL (SELECT 10 * tens + ones) v (n);
INSERT INTO world.by_text SELECT CASE tenant_id WHEN :'acme' THEN 'acme' WHEN :'globex' THEN 'globex' ELSE 'shared' END, scope, id FROM world.by_uuid;
INSERT INTO world.by_int SELECT CASE tenant_id WHEN :'acme' THEN 900001 WHEN :'globex' THEN 900002 ELSE 0 END, scope, id FROM world.by_uuid;
INSERT INTO world.by_bigint SELECT * FROM world.by_int;
CREATE TABLE world.private (LIKE world.by_uuid INCLUDING ALL);
INSERT INTO world.private TABLE world.by_uuid;
\set ECHO none
SELECT format('ALTER TABLE world.%I OWNER TO regress_world_owner', t) FROM unnest('{by_uuid,by_text,by_int,by_bigint,private}'::text[]) t \gexec
\set ECHO all
SELECT t, tenancy.protect(('world.' || t)::regclass, scope_column => 'scope', shared => t <> 'private') FROM unnest('{by_uuid,by_text,by_int,by_bigint,private}'::text[]) t;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA world TO regress_world_app, regress_world_admin;
SELECT secret AS shared_key FROM tenancy.create_key('shared', 'shared key') \gset
SELECT secret AS x FROM tenancy.create_key('acme', 'x', scope_floor => '{"team": "x"}') \gset
SELECT secret AS deep FROM tenancy.create_key('acme', 'deep', scope_floor => '{"team": "x", "user": "u"}') \gset
\set ask 'SELECT t, world.attempt(format(\'SELECT array_agg(id ORDER BY id) FROM world.%I\', t)) AS ids FROM unnest(\'{by_uuid,by_text,by_int,by_bigint,private}\'::text[]) t;'
\c - regress_world_app
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
:ask
COMMIT;
BEGIN;
SET LOCAL tenancy.session = :'token_globex';
:ask
COMMIT;
-- Under a floor: what is inside it, and what is there for all.
BEGIN;
SELECT tenancy.bind(:'x') = :'acme' AS bound;
:ask
SELECT tenancy.bind(:'deep') = :'acme' AS narrower;
:ask
COMMIT;
-- None of it is written by a tenant.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
INSERT INTO by_uuid (tenant_id, id) VALUES (:'nil', 99);
\set VERBOSITY terse
INSERT INTO by_text (tenant_id, id) VALUES ('shared', 99);
INSERT INTO by_int (tenant_id, id) VALUES (0, 99);
INSERT INTO by_bigint (tenant_id, id) VALUES (0, 99);
INSERT INTO by_uuid (tenant_id, id) VALUES (:'nil', 31) ON CONFLICT DO NOTHING;
INSERT INTO by_uuid (tenant_id, id) VALUES (:'nil', 31) ON CONFLICT (tenant_id, id) DO UPDATE SET scope = '{}';
UPDATE by_uuid SET scope = '{"taken": "1"}' WHERE id >= 30 RETURNING id;
UPDATE by_text SET tenant_id = DEFAULT WHERE tenant_id = 'shared' RETURNING id;
UPDATE by_text SET tenant_id = 'shared', id = 99 WHERE id = 11;
DELETE FROM by_int WHERE tenant_id = 0 RETURNING id;
DELETE FROM by_bigint RETURNING id;
SELECT id FROM by_uuid WHERE id >= 30 FOR UPDATE;
MERGE INTO by_uuid d USING (VALUES (31)) v (id) ON d.id = v.id WHEN MATCHED THEN DELETE;
MERGE INTO by_uuid d USING (VALUES (31)) v (id) ON d.id = v.id WHEN MATCHED THEN UPDATE SET scope = '{"taken": "1"}';
\set VERBOSITY default
ROLLBACK;
-- Nor bound by an application: not by a key, and by no token in anybody's session.
BEGIN;
SELECT tenancy.bind(:'shared_key');
COMMIT;
SELECT name, world.attempt(format('SELECT tenancy.bind(%L)', world.token(:'hs_secret', jsonb_build_object('tenant_id', name)))) AS answer FROM unnest(ARRAY['shared', :'nil', 'Shared', '0']) name;
SELECT world.token(:'hs_secret', jsonb_build_object('tenant_id', 'shared')) AS token \gset
\c - regress_world_admin
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT tenancy.bind(:'token');
SET LOCAL tenancy.session = :'token';
SELECT tenancy.current_tenant();
ROLLBACK;
-- An administrator writes them.
BEGIN;
SELECT tenancy.bind(:'shared_key') = :'nil' AS bound;
SELECT tenancy.current_tenant_as(NULL::text), tenancy.current_tenant_as(0) AS number;
INSERT INTO world.by_uuid (id) VALUES (34);
INSERT INTO world.by_text (id) VALUES (34);
INSERT INTO world.by_int (id) VALUES (34);
UPDATE world.by_bigint SET id = 34 WHERE id = 33;
INSERT INTO world.by_uuid (tenant_id, id) VALUES (:'acme', 99);
SELECT array_agg(id ORDER BY id) FROM world.by_uuid;
COMMIT;
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
:ask
COMMIT;
-- The tenant is always there.
\c - :SUPERUSER
SELECT tenancy.suspend_tenant('shared');
SELECT tenancy.suspend_tenant(:'nil');
SELECT tenancy.create_tenant('shared');
SELECT tenancy.create_tenant('other', tenant_id => :'nil');
SELECT tenancy.create_tenant('other', tenant_number => 0);
\set VERBOSITY terse
UPDATE tenancy.tenant SET status = 'suspended' WHERE slug = 'shared';
UPDATE tenancy.tenant SET slug = 'other' WHERE slug = 'shared';
UPDATE tenancy.tenant SET slug = 'shared', tenant_number = 0 WHERE slug = 'acme';
DELETE FROM tenancy.tenant WHERE slug = 'shared';
DELETE FROM tenancy.api_key WHERE tenant_id = :'nil';
\i :suites/../fixtures/clear.sql
