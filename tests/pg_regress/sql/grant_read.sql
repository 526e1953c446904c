-- One tenant reads another's rows by a grant only: of that table, in that scope, inside its own floor, and it never writes.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
SELECT tenancy.resume_tenant('initech') AS resumed;
CREATE TABLE world.doc (tenant_id text NOT NULL, scope tenancy.scope NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO world.doc SELECT tenant, scope::jsonb, 10 * tens + ones, tenant FROM unnest('{acme,globex,initech}'::text[]) WITH ORDINALITY t (tenant, tens),
    unnest(ARRAY['{}', '{"team": "x"}', '{"team": "x", "user": "u"}', '{"team": "y"}']) WITH ORDINALITY s (scope, ones);
CREATE TABLE world.other (LIKE world.doc INCLUDING ALL);
INSERT INTO world.other TABLE world.doc;
ALTER TABLE world.doc OWNER TO regress_world_owner;
ALTER TABLE world.other OWNER TO regress_world_owner;
SELECT tenancy.protect('world.doc', scope_column => 'scope');
SELECT tenancy.protect('world.other', scope_column => 'scope');
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA world TO regress_world_app;
GRANT regress_world_owner TO regress_world_admin;
SELECT secret AS x FROM tenancy.create_key('globex', 'x', scope_floor => '{"team": "x"}') \gset
\set ask 'SELECT world.attempt(\'SELECT array_agg(id ORDER BY id) FROM world.doc\') AS doc, world.attempt(\'SELECT array_agg(id ORDER BY id) FROM world.other\') AS other, world.attempt(\'SELECT array_agg(body ORDER BY body) FROM world.note\') AS note;'
\set context 'SELECT g ->> \'owner\' AS owner, g ->> \'table\' AS table, g -> \'scope\' AS scope, g -> \'expires_at\' AS expires_at FROM jsonb_array_elements(tenancy.context() -> \'read_grants\') g ORDER BY 1, 2, 3;'
-- Denied by default.
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
:ask
:context
COMMIT;
\c - regress_world_admin
SELECT tenancy.grant_read('acme', 'globex', 'world.doc', '{"team": "x"}', '2999-01-01 00:00+00') IS NOT NULL AS granted;
SELECT tenancy.grant_read(:'acme', :'globex', 'world.note') IS NOT NULL AS granted;
\c - regress_world_app
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
:ask
:context
SELECT id, body FROM doc WHERE tenant_id = 'acme' ORDER BY id;
-- Never to write.
INSERT INTO doc (tenant_id, id, scope) VALUES ('acme', 99, '{"team": "x"}');
\set VERBOSITY terse
INSERT INTO doc (tenant_id, id, scope) VALUES ('acme', 12, '{"team": "x"}') ON CONFLICT (tenant_id, id) DO UPDATE SET body = 'taken';
INSERT INTO doc (tenant_id, id, scope) VALUES ('acme', 12, '{"team": "x"}') ON CONFLICT DO NOTHING;
UPDATE doc SET body = 'taken' WHERE tenant_id = 'acme' RETURNING id;
UPDATE doc SET tenant_id = 'globex', id = 99 WHERE id = 12 RETURNING id;
UPDATE doc SET tenant_id = 'acme', id = 99 WHERE id = 22;
DELETE FROM doc WHERE tenant_id = 'acme' RETURNING id;
SELECT id FROM doc WHERE tenant_id = 'acme' FOR UPDATE;
MERGE INTO doc d USING (VALUES (12)) v (id) ON d.id = v.id WHEN MATCHED THEN DELETE;
UPDATE note SET body = 'taken' WHERE tenant_id = :'acme' RETURNING id;
DELETE FROM note WHERE tenant_id = :'acme' RETURNING id;
INSERT INTO note (tenant_id, id) VALUES (:'acme', 99);
\set VERBOSITY default
COMMIT;
-- Under a floor: inside it and inside the grant. A table without scopes lies in no floor, granted or not.
BEGIN;
SELECT tenancy.bind(:'x') = :'globex' AS bound;
:ask
SELECT tenancy.bind(:'x', '{"scope": {"user": "u"}}') = :'globex' AS narrower;
:ask
COMMIT;
BEGIN;
SELECT tenancy.bind(:'globex_key', '{"scope": {"team": "y"}}') = :'globex' AS bound;
:ask
COMMIT;
-- By a token as well. The owner reads nothing in return, and a third tenant nothing at all.
BEGIN;
SET LOCAL tenancy.session = :'token_globex';
:ask
COMMIT;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
:ask
:context
COMMIT;
BEGIN;
SELECT tenancy.bind(:'initech_key') = :'initech' AS bound;
:ask
:context
COMMIT;
-- Grants add up, of one owner and of two.
\c - regress_world_admin
SELECT tenancy.grant_read('acme', 'globex', 'world.doc', '{"team": "y"}') IS NOT NULL AS granted;
SELECT tenancy.grant_read('initech', 'globex', 'world.doc', '{"team": "x", "user": "u"}') IS NOT NULL AS granted;
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
:ask
SELECT tenancy.readable_tenants_as('world.doc', NULL::text) AS doc, tenancy.readable_tenants_as('world.other', NULL::text) AS other, tenancy.readable_tenants_as('pg_class', NULL::text) AS unprotected;
COMMIT;
\c - :SUPERUSER
SELECT owner, grantee, relation_name, scope, status, granted_by, expires_at = '2999-01-01 00:00+00' AS expires, revoked_by FROM tenancy.read_grant_list ORDER BY granted_at;
DELETE FROM tenancy.read_grant;
\i :suites/../fixtures/clear.sql
