-- One credential acts on behalf of another of its tenant: inside both floors, with what both may do, until the first ends; the
-- context names both.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\i :suites/../fixtures/sign.sql
CREATE TABLE world.doc (tenant_id uuid NOT NULL, scope tenancy.scope NOT NULL, id int, PRIMARY KEY (tenant_id, id));
INSERT INTO world.doc SELECT :'acme', scope::jsonb, id FROM unnest(ARRAY['{}', '{"team": "x"}', '{"user": "u"}', '{"team": "x", "user": "u"}']) WITH ORDINALITY s (scope, id);
ALTER TABLE world.doc OWNER TO regress_world_owner;
GRANT SELECT, INSERT ON world.doc TO regress_world_app;
SELECT tenancy.protect('world.doc', scope_column => 'scope');
SELECT key_id AS agent_id, secret AS agent FROM tenancy.create_key('acme', 'agent', '{agent}', '{"team": "x"}', 'the agent', '2999-01-01 00:00+00') \gset
SELECT key_id AS user_key_id, secret AS user FROM tenancy.create_key('acme', 'user', '{read,secret:read}', '{"user": "u"}', 'the user', '2998-01-01 00:00+00') \gset
SELECT key_id AS second_id, secret AS second FROM tenancy.create_key('acme', 'second', '{read}') \gset
SELECT secret AS y FROM tenancy.create_key('acme', 'y', scope_floor => '{"team": "y"}') \gset
SELECT world.token(:'hs_secret', '{"sub": "ann", "roles": ["editor", "boss"], "plan": "gold", "seats": 7, "tenancy_capabilities": "manager", "tenancy_scope": {"user": "u"}}') AS ann,
       world.token(:'hs_secret', '{"sub": "bot", "roles": ["boss", "robot"], "plan": "gold", "seats": 8, "tenancy_capabilities": "reader"}') AS bot,
       world.token(:'hs_secret', '{"sub": "ann", "act": {"sub": "assistant"}, "tenancy_capabilities": "reader"}') AS acting,
       world.token(:'hs_secret', '{"tenant_id": "globex"}') AS other \gset
\setenv KEY :user_key_id
\setenv SECOND :second_id
\setenv AGENT :agent_id
\set context 'SELECT c ->> \'principal\' AS principal, c -> \'on_behalf_of\' ->> \'principal\' AS for, c -> \'on_behalf_of\' ->> \'key_id\' = :\'user_key_id\' AS its_key, c ->> \'user_id\' AS user_id, c -> \'scope\' AS scope, c -> \'capabilities\' AS capabilities, left(c ->> \'expires_at\', 4) AS until FROM tenancy.context() c;'
\c - regress_world_app
\set ON_ERROR_ROLLBACK on
-- Key for key, both ways.
BEGIN;
SELECT tenancy.bind(:'agent', jsonb_build_object('on_behalf_of', :'user')) = :'acme' AS bound;
:context
SELECT (tenancy.context() ->> 'key_id') = :'agent_id' AS key, array_agg(id) AS ids FROM doc;
INSERT INTO doc (id) VALUES (9);
SELECT tenancy.require_capability('secret:read');
SELECT tenancy.bind(:'agent');
SELECT tenancy.bind(:'user');
COMMIT;
BEGIN;
SELECT tenancy.bind(:'user', jsonb_build_object('on_behalf_of', :'agent')) = :'acme' AS bound;
:context
SELECT array_agg(id) AS ids FROM doc;
COMMIT;
-- With a scope and a user besides.
BEGIN;
SELECT tenancy.bind(:'agent', jsonb_build_object('on_behalf_of', :'user', 'scope', jsonb_build_object('case', '7'), 'user_id', 'ann', 'roles', jsonb_build_array('editor'), 'correlation_id', 'r-1')) = :'acme' AS bound;
:context
SELECT tenancy.has_role('editor') AS editor, tenancy.current_correlation_id();
COMMIT;
-- A key for a token's user: user, roles and claims are the token's.
BEGIN;
SELECT tenancy.bind(:'agent', jsonb_build_object('on_behalf_of', :'ann')) = :'acme' AS bound;
:context
SELECT tenancy.has_role('boss') AS boss, tenancy.has_claim('plan', 'gold') AS gold;
COMMIT;
-- A token for a key; a token for a token, of whose roles and claims those count that both have.
BEGIN;
SELECT tenancy.bind(:'bot', jsonb_build_object('on_behalf_of', :'user')) = :'acme' AS bound;
:context
COMMIT;
BEGIN;
SELECT tenancy.bind(:'bot', jsonb_build_object('on_behalf_of', :'ann')) = :'acme' AS bound;
:context
SELECT role, tenancy.has_role(role) FROM unnest('{editor,boss,robot}'::text[]) role;
SELECT tenancy.has_claim('plan', 'gold') AS gold, tenancy.has_claim('seats') AS seats;
COMMIT;
-- A token that says itself for whom it acts.
BEGIN;
SET LOCAL tenancy.session = :'acting';
:context
COMMIT;
-- Refused.
SELECT tenancy.bind(:'agent', jsonb_build_object('on_behalf_of', :'globex_key'));
SELECT tenancy.bind(:'agent', jsonb_build_object('on_behalf_of', :'y'));
SELECT tenancy.bind(:'acting', jsonb_build_object('on_behalf_of', :'user'));
\set VERBOSITY terse
SELECT tenancy.bind(:'agent', jsonb_build_object('on_behalf_of', :'acting'));
SELECT tenancy.bind(:'agent', jsonb_build_object('on_behalf_of', :'other'));
SELECT tenancy.bind(:'other', jsonb_build_object('on_behalf_of', :'agent'));
SELECT tenancy.bind(:'agent', jsonb_build_object('on_behalf_of', :'initech_key'));
SELECT tenancy.bind(:'agent', jsonb_build_object('on_behalf_of', :'token_expired'));
SELECT tenancy.bind(:'agent', jsonb_build_object('on_behalf_of', :'ann', 'user_id', 'eve'));
SELECT tenancy.bind(:'bot', jsonb_build_object('on_behalf_of', :'user', 'roles', jsonb_build_array('boss')));
SELECT what, world.attempt(format('SELECT tenancy.bind(%L, %L)', :'agent', jsonb_build_object('on_behalf_of', other))) AS answer FROM (VALUES
    ('empty', '""'::jsonb), ('null', 'null'), ('number', '1'), ('list', '[]'), ('name', '"the user"'), ('cut', to_jsonb(left(:'user', 60)))) v (what, other);
SELECT tenancy.bind(:'agent', '{"on_behalf_of": "x", "on_behalf_of_key": "y"}');
-- Either key revoked in an open session ends it.
\set VERBOSITY default
BEGIN;
SELECT tenancy.bind(:'agent', jsonb_build_object('on_behalf_of', :'user')) = :'acme' AS bound;
SELECT count(*) FROM doc;
\! $ADMIN -c "SELECT tenancy.revoke_key('$KEY')"
SELECT count(*) FROM doc;
COMMIT;
SELECT tenancy.bind(:'agent', jsonb_build_object('on_behalf_of', :'user'));
BEGIN;
SELECT tenancy.bind(:'bot', jsonb_build_object('on_behalf_of', :'second')) = :'acme' AS bound;
SELECT count(*) FROM doc;
\! $ADMIN -c "DELETE FROM tenancy.api_key WHERE key_id = '$SECOND'"
SELECT count(*) FROM doc;
COMMIT;
BEGIN;
SELECT tenancy.bind(:'agent', jsonb_build_object('on_behalf_of', :'ann')) = :'acme' AS bound;
SELECT count(*) FROM doc;
\! $ADMIN -c "SELECT tenancy.revoke_key('$AGENT')"
SELECT count(*) FROM doc;
COMMIT;
\i :suites/../fixtures/clear.sql
