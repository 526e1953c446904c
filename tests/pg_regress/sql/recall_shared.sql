-- recall reads what the table reads: rows shared with all tenants and rows granted, by their distance among the tenant's own, and
-- no other's.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.chunk (tenant_id text NOT NULL, scope tenancy.scope NOT NULL DEFAULT '{}', id int, body text, embedding vector(2), PRIMARY KEY (tenant_id, id));
INSERT INTO world.chunk SELECT tenant, scope::jsonb, 100 * place + n, tenant || ' ' || n, ARRAY[100, 10 * n + place]::float8[]::vector
FROM unnest('{acme,globex,shared,initech}'::text[]) WITH ORDINALITY t (tenant, place), unnest(ARRAY['{}', '{"team": "x"}', '{"team": "y"}']) WITH ORDINALITY s (scope, n);
ALTER TABLE world.chunk OWNER TO regress_world_owner;
SELECT tenancy.protect('world.chunk', scope_column => 'scope', shared => true);
CREATE TABLE world.private (tenant_id text NOT NULL, id int, embedding vector(2), PRIMARY KEY (tenant_id, id));
INSERT INTO world.private SELECT tenant_id, id, embedding FROM world.chunk;
ALTER TABLE world.private OWNER TO regress_world_owner;
SELECT tenancy.protect('world.private');
GRANT SELECT ON ALL TABLES IN SCHEMA world TO regress_world_app;
GRANT regress_world_owner TO regress_world_admin;
SELECT secret AS x FROM tenancy.create_key('acme', 'x', scope_floor => '{"team": "x"}') \gset
\set ask 'SELECT (SELECT array_agg(id) FROM tenancy.recall(NULL::chunk, \'[100,0]\', 7)) AS chunk, (SELECT array_agg(id) FROM tenancy.recall(NULL::chunk, \'[100,0]\', 7, \'{"team": "x"}\')) AS x, (SELECT array_agg(id) FROM tenancy.recall(NULL::chunk, \'[100,0]\', 7, text_query => \'globex or shared\')) AS words;'
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
:ask
SELECT array_agg(id) FROM tenancy.recall(NULL::private, '[100,0]', 7);
COMMIT;
BEGIN;
SELECT tenancy.bind(:'x') = :'acme' AS bound;
:ask
SELECT array_agg(id) FROM tenancy.recall(NULL::private, '[100,0]', 7);
COMMIT;
-- Granted, then granted no more, in one session whose plans are kept.
\c - regress_world_admin
SELECT tenancy.grant_read('globex', 'acme', 'world.chunk', '{"team": "x"}') AS grant_id \gset
SELECT tenancy.grant_read('globex', 'acme', 'world.private') IS NOT NULL AS granted;
\setenv GRANT_ID :grant_id
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
:ask
SELECT array_agg(id) FROM tenancy.recall(NULL::private, '[100,0]', 7);
COMMIT;
\! $ADMIN -c "SELECT tenancy.revoke_read('$GRANT_ID')"
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
:ask
SELECT array_agg(id) FROM tenancy.recall(NULL::private, '[100,0]', 7);
COMMIT;
-- The owner of granted rows reads nothing in return.
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
:ask
SELECT array_agg(id) FROM tenancy.recall(NULL::private, '[100,0]', 7);
COMMIT;
-- Protected anew by another column, while a session remembers the first.
\c - :SUPERUSER
CREATE TABLE world.moved (tenant_id text, owner text, id int, embedding vector(2), kept tenancy.scope DEFAULT '{}', PRIMARY KEY (tenant_id, owner, id));
INSERT INTO world.moved VALUES ('acme', 'acme', 1, '[1,0]'), ('acme', 'globex', 2, '[2,1]'), ('globex', 'acme', 3, '[1,1]');
ALTER TABLE world.moved OWNER TO regress_world_owner;
SELECT tenancy.protect('world.moved');
GRANT SELECT ON world.moved TO regress_world_app;
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT array_agg(id) FROM tenancy.recall(NULL::moved, '[1,0]', 7);
COMMIT;
\! $ADMIN -c "SELECT tenancy.unprotect('world.moved')" -c "SELECT tenancy.protect('world.moved', 'owner')"
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT array_agg(id) FROM tenancy.recall(NULL::moved, '[1,0]', 7);
COMMIT;
-- What the table of protected tables says is heard of, whoever wrote it.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT array_agg(id) FROM tenancy.recall(NULL::moved, '[1,0]', 7, '{"team": "x"}');
ROLLBACK;
\! $ADMIN -c "UPDATE tenancy.protected_table SET scope_column = 'kept' WHERE relation = 'world.moved'::regclass"
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT array_agg(id) FROM tenancy.recall(NULL::moved, '[1,0]', 7, '{"team": "x"}');
COMMIT;
\i :suites/../fixtures/clear.sql
