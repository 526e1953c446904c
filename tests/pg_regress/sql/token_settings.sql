-- What the settings of tokens do: claims by name and by JSON pointer, another issuer or audience, a key set that is missing
-- or can't be used. Only the server's configuration sets them.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\c - regress_world_app
SET tenancy.jwt_issuer = 'https://elsewhere.test';
SET tenancy.jwt_audience = 'elsewhere';
SET tenancy.jwks_file = '/tmp/own.json';
SET tenancy.jwt_tenant_claim = 'sub';
SET tenancy.jwt_leeway = 300;
ALTER ROLE regress_world_app SET tenancy.jwks_file = '/tmp/own.json';
SHOW tenancy.jwks_file;
SHOW tenancy.jwt_issuer;
SELECT count(*) FROM pg_settings WHERE name LIKE 'tenancy.jw%' AND setting LIKE '%/%';
SELECT tenancy.bind(:'token_acme_nested');

\c - :SUPERUSER
ALTER SYSTEM SET tenancy.jwt_tenant_claim = '/app/tenant~1name';
ALTER SYSTEM SET tenancy.jwt_user_claim = 'https://x/user';
SELECT pg_reload_conf();
\setenv SETTING tenancy.jwt_user_claim
\setenv VALUE https://x/user
\! eval "$AWAIT"
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'token_acme_nested') = :'acme' AS bound, tenancy.current_user_id();
COMMIT;
SELECT tenancy.bind(:'token_acme');
\c - :SUPERUSER
ALTER SYSTEM RESET tenancy.jwt_tenant_claim;
ALTER SYSTEM RESET tenancy.jwt_user_claim;
ALTER SYSTEM SET tenancy.jwt_audience = 'elsewhere';
SELECT pg_reload_conf();
\setenv SETTING tenancy.jwt_audience
\setenv VALUE elsewhere
\! eval "$AWAIT"
\c - regress_world_app
SELECT tenancy.bind(:'token_acme');
SELECT tenancy.bind(:'token_other_audience') = :'acme' AS bound;
\c - :SUPERUSER
ALTER SYSTEM SET tenancy.jwt_audience = '';
SELECT pg_reload_conf();
\setenv VALUE ''
\! eval "$AWAIT"
\c - regress_world_app
SELECT tenancy.bind(:'token_acme');
\c - :SUPERUSER
ALTER SYSTEM RESET tenancy.jwt_audience;
ALTER SYSTEM SET tenancy.jwks_file = '/nonexistent/jwks.json';
SELECT pg_reload_conf();
\setenv SETTING tenancy.jwks_file
\setenv VALUE /nonexistent/jwks.json
\! eval "$AWAIT"
\c - regress_world_app
SELECT tenancy.bind(:'token_acme');
SET tenancy.session = :'token_acme';
-- Keys don't need it.
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
\c - :SUPERUSER
SELECT current_setting('data_directory') || '/PG_VERSION' AS no_key_set \gset
ALTER SYSTEM SET tenancy.jwks_file = :'no_key_set';
SELECT pg_reload_conf();
\setenv VALUE :no_key_set
\! eval "$AWAIT"
\c - regress_world_app
SELECT tenancy.bind(:'token_acme');
\c - :SUPERUSER
ALTER SYSTEM SET tenancy.jwks_file = '/dev/zero';
SELECT pg_reload_conf();
\setenv VALUE /dev/zero
\! eval "$AWAIT"
\c - regress_world_app
SELECT tenancy.bind(:'token_acme');
\c - :SUPERUSER
ALTER SYSTEM RESET tenancy.jwks_file;
SELECT pg_reload_conf();
\setenv SETTING tenancy.jwt_audience
\setenv VALUE pg_tenancy_test
\! eval "$AWAIT"
\c - regress_world_app
SELECT tenancy.bind(:'token_acme') = :'acme' AS bound;
\i :suites/../fixtures/clear.sql
