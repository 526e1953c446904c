-- Who is bound, as column defaults and in policies of one's own: current_user_id, current_correlation_id, has_role, has_claim.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\i :suites/../fixtures/sign.sql
SELECT world.token(:'hs_secret', '{"tenancy_metadata": {"host": "said by the token"}, "correlation_id": "r-5"}') AS token \gset
CREATE TABLE world.doc (tenant_id uuid NOT NULL, scope tenancy.scope NOT NULL, id int, body text,
    made_by text DEFAULT tenancy.current_user_id(), request text DEFAULT tenancy.current_correlation_id(), by_editor boolean DEFAULT tenancy.has_role('editor'),
    PRIMARY KEY (tenant_id, id));
ALTER TABLE world.doc OWNER TO regress_world_owner;
SELECT tenancy.protect('world.doc', scope_column => 'scope');
CREATE POLICY own ON world.doc AS RESTRICTIVE FOR UPDATE USING (made_by = tenancy.current_user_id() OR tenancy.has_role('boss'));
CREATE POLICY paid ON world.doc AS RESTRICTIVE FOR DELETE USING (tenancy.has_claim('plan', 'gold') AND tenancy.has_claim('seats'));
GRANT SELECT, INSERT, UPDATE, DELETE ON world.doc TO regress_world_app;
\c - regress_world_app
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT tenancy.bind(:'acme_key', '{"user_id": "ann", "roles": ["editor", "x"], "correlation_id": "r-1", "claims": {"plan": "silver", "seats": 3}}') = :'acme' AS bound;
INSERT INTO doc (id, body) VALUES (1, 'by ann');
UPDATE doc SET body = 'by ann again' WHERE id = 1 RETURNING id, made_by, request, by_editor;
DELETE FROM doc RETURNING id;
COMMIT;
-- Another user may not change it; a boss may; one with the claims may delete.
BEGIN;
SELECT tenancy.bind(:'acme_key', '{"user_id": "bob", "correlation_id": "r-2"}') = :'acme' AS bound;
INSERT INTO doc (id, body) VALUES (2, 'by bob');
UPDATE doc SET body = 'by bob' RETURNING id;
-- The caller may bind another user of its key in the same transaction: which user it is, is the application's word.
SELECT tenancy.bind(:'acme_key', '{"user_id": "cyd", "roles": ["boss"], "claims": {"plan": "gold"}}') = :'acme' AS bound;
UPDATE doc SET body = 'by cyd' RETURNING id;
DELETE FROM doc RETURNING id;
SELECT tenancy.bind(:'acme_key', '{"user_id": "cyd", "claims": {"plan": "gold", "seats": 5}}') = :'acme' AS bound;
DELETE FROM doc WHERE id = 2 RETURNING id;
COMMIT;
-- Nobody in particular.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
INSERT INTO doc (id, body) VALUES (3, 'by nobody');
UPDATE doc SET body = '' RETURNING id;
SELECT tenancy.current_user_id() IS NULL AS no_user, tenancy.current_correlation_id() IS NULL AS no_id, tenancy.has_role('') AS role, tenancy.has_claim('plan') AS claim;
COMMIT;
-- A token's word cannot be added to, other than by a correlation id, and by metadata that the token does not have.
BEGIN;
SELECT tenancy.bind(:'token_acme', '{"correlation_id": "r-3", "metadata": {"host": "h"}}') = :'acme' AS bound;
INSERT INTO doc (id, body) VALUES (4, 'by token');
COMMIT;
SELECT tenancy.bind(:'token_acme', '{"user_id": "ann"}');
\set VERBOSITY terse
SELECT tenancy.bind(:'token_acme', '{"roles": ["boss"]}');
SELECT tenancy.bind(:'token_acme', '{"claims": {"plan": "gold"}}');
SELECT tenancy.bind(:'acme_key', '{"claims": ["plan"]}');
SELECT tenancy.bind(:'acme_key', '{"metadata": "m"}');
SELECT tenancy.bind(:'acme_key', '{"roles": "boss"}');
SELECT tenancy.bind(:'acme_key', '{"roles": [1]}');
SELECT tenancy.bind(:'acme_key', '{"user_id": 1}');
SELECT tenancy.bind(:'acme_key', '{"tenant": "globex"}');
SELECT tenancy.bind(:'acme_key', '{"capabilities": ["manager"]}');
SELECT tenancy.bind(:'acme_key', '{"claims": {"seats": null}}');
\set VERBOSITY default
BEGIN;
SELECT tenancy.bind(:'token', '{"metadata": {"host": "h", "more": 1}, "correlation_id": "r-4"}') = :'acme' AS bound;
SELECT tenancy.context() -> 'metadata' AS metadata, tenancy.current_correlation_id();
COMMIT;
BEGIN;
SELECT tenancy.bind(:'acme_key', '{"user_id": "ann", "correlation_id": "r-4", "metadata": {"host": "h", "list": [1, {"a": null}]}, "roles": ["b", "a"], "claims": {"n": 1.5}, "scope": {"team": "x"}}') = :'acme' AS bound;
SELECT c - '{tenant_id,tenant_number,key_id,expires_at,read_grants}'::text[] AS context FROM tenancy.context() c;
SELECT id, made_by, request, by_editor, body FROM doc ORDER BY id;
COMMIT;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT id, made_by, request, by_editor, body FROM doc ORDER BY id;
COMMIT;
\i :suites/../fixtures/clear.sql
