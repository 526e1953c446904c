-- Good tokens of all four algorithms, naming the tenant by slug and by id; and good ones of a tenant that can't be bound.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\c - regress_world_app
SELECT array_agg(name ORDER BY n) AS names, array_agg(format('SELECT tenancy.bind(%L)', token) ORDER BY n) AS binds
FROM (VALUES
    (1, 'EdDSA', :'token_acme'),
    (2, 'ES256', :'token_acme_es'),
    (3, 'RS256', :'token_acme_rs'),
    (4, 'HS256', :'token_acme_hs'),
    (5, 'tenant by id', :'token_acme_by_id'),
    (6, 'one of many audiences', :'token_acme_of_many_audiences'),
    (7, 'with roles, scope and capabilities', :'token_acme_rich'),
    (8, 'another tenant', :'token_globex'),
    (9, 'unknown tenant', :'token_unknown_tenant'),
    (10, 'suspended tenant', :'token_suspended_tenant')
) v (n, name, token) \gset
CALL world.attempt_each(:'names', :'binds');
BEGIN;
SET LOCAL tenancy.session = :'token_acme_rs';
SELECT tenancy.current_tenant() = :'acme' AS bound, tenancy.current_user_id();
SELECT count(*) FROM note;
COMMIT;
-- A setting is verified when set; whether its tenant exists and is active, when first used.
BEGIN;
SET LOCAL tenancy.session = :'token_unknown_tenant';
SELECT count(*) FROM note;
ROLLBACK;
BEGIN;
SET LOCAL tenancy.session = :'token_suspended_tenant';
SELECT count(*) FROM note;
ROLLBACK;
BEGIN;
SET LOCAL tenancy.session = :'token_suspended_tenant';
SELECT world.attempt('SELECT count(*) FROM world.note');
\! $ADMIN -c "SELECT tenancy.resume_tenant('initech')"
SELECT count(*) FROM note;
ROLLBACK;
-- After a token of no tenant was refused, a good one may bind in the same transaction: nothing was bound.
BEGIN;
SELECT world.attempt(format('SELECT tenancy.bind(%L)', :'token_unknown_tenant'));
SELECT tenancy.bind(:'token_acme') = :'acme' AS bound;
ROLLBACK;
-- A tenant made after the token was first seen.
\! $ADMIN -c "SELECT tenancy.create_tenant('nobody', tenant_id => '0b0d0000-0000-4000-8000-000000000009')"
SELECT tenancy.bind(:'token_unknown_tenant');
\! $ADMIN -c "DELETE FROM tenancy.tenant WHERE slug = 'nobody'"
SELECT tenancy.bind(:'token_unknown_tenant');
-- API keys are not for the setting, where they would have to be looked up.
SET tenancy.session = :'acme_key';
\i :suites/../fixtures/clear.sql
