-- A bound credential with key:delegate issues keys no wider than itself; they bind, stamp and expire as such.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.doc (tenant_id uuid NOT NULL, scope tenancy.scope NOT NULL, id int, PRIMARY KEY (tenant_id, id));
INSERT INTO world.doc SELECT :'acme', scope::jsonb, id FROM unnest(ARRAY['{}', '{"team": "x"}', '{"team": "x", "user": "u"}', '{"team": "y"}']) WITH ORDINALITY s (scope, id);
ALTER TABLE world.doc OWNER TO regress_world_owner;
GRANT SELECT, INSERT ON world.doc TO regress_world_app;
SELECT tenancy.protect('world.doc', scope_column => 'scope');
SELECT secret AS boss FROM tenancy.create_key('acme', 'boss', '{supervisor}', '{"team": "x"}', expires_at => '2999-01-01 00:00+00') \gset
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'boss') = :'acme' AS bound;
SELECT key_id AS child_id, secret AS child FROM tenancy.delegate_key('child') \gset
SELECT secret AS reader FROM tenancy.delegate_key('reader', '{read}', '{"user": "u"}', 'the reader', '2998-01-01 00:00+00') \gset
SELECT secret AS deputy FROM tenancy.delegate_key('deputy', '{read,write,key:delegate}', '{"team": "x"}') \gset
-- The floor is that of the context, which the caller may have narrowed.
SELECT tenancy.bind(:'boss', '{"scope": {"user": "v"}}') = :'acme' AS narrower;
SELECT secret AS of_v FROM tenancy.delegate_key('of v', NULL, NULL, NULL, NULL) \gset
COMMIT;
BEGIN;
SELECT tenancy.bind(:'deputy') = :'acme' AS bound;
SELECT secret AS grandchild FROM tenancy.delegate_key('grandchild', NULL, '{"user": "u"}') \gset
COMMIT;
BEGIN;
SET LOCAL tenancy.session = :'token_acme';
SELECT tenancy.has_capability('key:delegate') AS may;
COMMIT;
\c - :SUPERUSER
SELECT k.name, k.principal, k.capabilities, k.scope_floor, extract(year FROM k.expires_at AT TIME ZONE 'UTC') AS expires, p.name AS parent, k.delegated_by, k.status
FROM tenancy.key_list k LEFT JOIN tenancy.key_list p ON p.key_id = k.parent_key_id WHERE k.tenant = 'acme' ORDER BY k.created_at, k.name;
\c - regress_world_app
\set context 'SELECT c ->> \'principal\' AS principal, c -> \'scope\' AS scope, c -> \'capabilities\' AS capabilities, c -> \'expires_at\' AS expires_at, (SELECT array_agg(id ORDER BY id) FROM doc) AS ids FROM tenancy.context() c;'
BEGIN;
SELECT tenancy.bind(:'child') = :'acme' AS bound;
:context
INSERT INTO doc (id) VALUES (10) RETURNING scope;
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'reader') = :'acme' AS bound;
:context
INSERT INTO doc (id) VALUES (10);
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'of_v') = :'acme' AS bound;
:context
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'grandchild') = :'acme' AS bound;
:context
ROLLBACK;
-- A token that may delegate makes keys without a parent, that end when it would have.
\c - :SUPERUSER
\i :suites/../fixtures/sign.sql
SELECT world.token(:'hs_secret', '{"sub": "boss@acme", "tenancy_capabilities": "supervisor", "tenancy_scope": {"team": "x"}}') AS token \gset
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'token') = :'acme' AS bound;
SELECT secret AS by_token FROM tenancy.delegate_key('by token') \gset
COMMIT;
BEGIN;
SELECT tenancy.bind(:'by_token') = :'acme' AS bound;
:context
COMMIT;
-- Rolled back, it was never issued; and a read-only transaction issues none.
BEGIN;
SELECT tenancy.bind(:'boss') = :'acme' AS bound;
SELECT secret AS undone FROM tenancy.delegate_key('undone') \gset
ROLLBACK;
SELECT tenancy.bind(:'undone');
BEGIN READ ONLY;
SELECT tenancy.bind(:'boss') = :'acme' AS bound;
SELECT tenancy.delegate_key('read only');
ROLLBACK;
-- A child may be bound in the transaction that issues it, as it is narrower.
BEGIN;
SELECT tenancy.bind(:'boss') = :'acme' AS bound;
SELECT secret AS fresh FROM tenancy.delegate_key('fresh', '{read}') \gset
SELECT tenancy.bind(:'fresh') = :'acme' AS narrower;
SELECT tenancy.bind(:'boss');
ROLLBACK;
\c - :SUPERUSER
SELECT k.name, k.principal, k.capabilities, k.scope_floor, extract(year FROM k.expires_at AT TIME ZONE 'UTC') AS expires, k.parent_key_id, k.delegated_by
FROM tenancy.key_list k WHERE k.name IN ('by token', 'undone', 'read only', 'fresh') ORDER BY k.name;
\i :suites/../fixtures/clear.sql
