-- What each accessor gives, by key and by token.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
SELECT secret AS floored FROM tenancy.create_key('acme', 'floored', '{agent}', '{"team": "blue"}', 'robot 7', 'infinity') \gset
\c - regress_world_app
\set show 'SELECT tenancy.current_tenant(), tenancy.current_tenant_as(NULL::text) AS slug, tenancy.current_scope(), tenancy.current_user_id(), tenancy.current_correlation_id(), tenancy.has_role(\'editor\'), tenancy.has_role(\'Editor\') AS "Editor", tenancy.has_claim(\'plan\') AS plan, tenancy.has_claim(\'plan\', \'gold\') AS gold, tenancy.has_claim(\'seats\', \'25\') AS seats, tenancy.has_claim(\'trial\', \'false\') AS trial, tenancy.has_capability(\'read\') AS can_read, tenancy.has_capability(\'write\') AS can_write, tenancy.has_capability(\'agent\') AS agent, tenancy.has_capability(\'secret:read\') AS secret;'
\x on
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
:show
SELECT tenancy.context() - 'key_id' AS context, tenancy.context() ->> 'key_id' = :'acme_id' AS key_id;
COMMIT;
BEGIN;
SELECT tenancy.bind(:'floored', '{"user_id": "user-9", "correlation_id": "c-1", "roles": ["editor"], "claims": {"plan": "gold", "seats": 25, "trial": false}, "metadata": {"nested": {"a": [1, null]}}}') = :'acme' AS bound;
:show
SELECT tenancy.context() - 'key_id' AS context;
COMMIT;
-- A later bind of the same tenant replaces all of it.
BEGIN;
SELECT tenancy.bind(:'acme_key', '{"user_id": "user-9", "roles": ["editor"], "metadata": {"a": 1}}') = :'acme' AS bound;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound_again;
:show
COMMIT;
BEGIN;
SELECT tenancy.bind(:'token_acme_rich', '{"metadata": {"a": 1}}') = :'acme' AS bound;
:show
SELECT tenancy.context();
COMMIT;
BEGIN;
SET LOCAL tenancy.session = :'token_acme_rich';
SELECT tenancy.context();
-- The caller's correlation id wins over the token's; who the user is, the token says.
SELECT tenancy.bind(:'token_acme_rich', '{"correlation_id": "mine"}') = :'acme' AS bound;
SELECT tenancy.current_correlation_id(), tenancy.current_user_id();
COMMIT;
\x off
-- Arguments at the edges.
BEGIN;
SELECT tenancy.bind(:'token_acme_rich') = :'acme' AS bound;
SELECT tenancy.has_role(NULL), tenancy.has_role(''), tenancy.has_claim(NULL), tenancy.has_claim(''), tenancy.has_claim('plan', NULL),
       tenancy.has_claim('plan', ''), tenancy.has_claim('tenant_id', 'globex'), tenancy.has_capability(NULL);
SELECT tenancy.has_role(repeat('x', 1048576)), tenancy.has_claim(repeat('x', 1048576), repeat('y', 1048576));
SAVEPOINT here;
SELECT tenancy.has_capability('fly');
ROLLBACK TO here;
SELECT tenancy.has_capability('');
ROLLBACK TO here;
SELECT tenancy.has_capability(repeat('x', 100000));
ROLLBACK;
\i :suites/../fixtures/clear.sql
