-- Read grants, floors, narrowing, delegation and recall together. A granted row is read where the floor in force and the grant's
-- scope both cover it, by the table, by its index and by recall alike; and by nobody once the grant has ended.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.chunk (tenant_id uuid NOT NULL, scope tenancy.scope NOT NULL, id int, body text, embedding vector(2), PRIMARY KEY (tenant_id, id));
INSERT INTO world.chunk SELECT :'acme', s.scope::jsonb, s.n, 'acme words', ARRAY[100, s.n]::float8[]::vector FROM unnest(ARRAY['{}', '{"team": "x"}', '{"team": "y"}']) WITH ORDINALITY s (scope, n);
INSERT INTO world.chunk SELECT :'globex', s.scope::jsonb, 10 + s.n, 'globex words', ARRAY[100, s.n + 0.5]::float8[]::vector FROM unnest(ARRAY['{}', '{"team": "x"}', '{"team": "y"}', '{"team": "x", "user": "u"}']) WITH ORDINALITY s (scope, n);
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id, embedding vector_l2_ops);
ALTER TABLE world.chunk OWNER TO regress_world_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON world.chunk TO regress_world_app;
SELECT count(*) AS protected FROM tenancy.protect('world.chunk', scope_column => 'scope');
SELECT secret AS acme_x, key_id AS acme_x_id FROM tenancy.create_key('acme', 'x', '{read,write,key:delegate}', '{"team": "x"}') \gset
SELECT tenancy.grant_read('globex', 'acme', 'world.chunk', '{"team": "x"}') AS grant_x \gset
SELECT tenancy.grant_read('globex', 'acme', 'world.chunk', '{"team": "y"}') AS grant_y \gset
-- What is read in three ways; they must agree.
\set ask 'SELECT (SELECT array_agg(id ORDER BY id) FROM chunk) AS by_table, (SELECT array_agg(id ORDER BY id) FROM (SELECT id FROM chunk ORDER BY embedding <-> \'[100,0]\' LIMIT 20) n) AS by_index, (SELECT array_agg(id ORDER BY id) FROM tenancy.recall(NULL::chunk, \'[100,0]\', 20)) AS by_recall, (SELECT array_agg(id ORDER BY id) FROM tenancy.recall(NULL::chunk, \'[100,0]\', 20, text_query => \'words\', text_column => \'body\')) AS by_both;'
\c - regress_world_app
SET enable_seqscan = off;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
:ask
-- Narrowed in a savepoint: the floor in force holds for granted rows, too. It does not come back with ROLLBACK TO.
SAVEPOINT here;
SELECT tenancy.bind(:'acme_key', '{"scope": {"team": "x"}}') = :'acme' AS narrowed;
:ask
SELECT array_agg(id ORDER BY id) FROM tenancy.recall(NULL::chunk, '[100,0]', 20, scope => '{"user": "u"}');
SELECT array_agg(id ORDER BY id) FROM tenancy.recall(NULL::chunk, '[100,0]', 20, scope => '{"team": "y"}');
ROLLBACK TO here;
:ask
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'acme_x') = :'acme' AS bound;
:ask
-- Nothing of a grant is passed on for writing, in whatever scope.
UPDATE chunk SET body = 'mine' RETURNING id;
DELETE FROM chunk WHERE id > 10 RETURNING id;
SELECT id FROM chunk WHERE id > 10 FOR SHARE;
INSERT INTO chunk (tenant_id, scope, id) VALUES (:'globex', '{"team": "x"}', 99);
ROLLBACK;
-- A delegated key reads of the grant what its own floor covers.
BEGIN;
SELECT tenancy.bind(:'acme_x') = :'acme' AS bound;
SELECT secret AS child FROM tenancy.delegate_key('child', '{read}', '{"user": "u"}') \gset
COMMIT;
BEGIN;
SELECT tenancy.bind(:'child') = :'acme' AS bound;
:ask
-- One of the grants ends while it is bound; then the key that it descends from.
\setenv GRANT_X :grant_x
\! $ADMIN -c "SELECT tenancy.revoke_read('$GRANT_X')"
:ask
\setenv ACME_X_ID :acme_x_id
\! $ADMIN -c "SELECT tenancy.revoke_key('$ACME_X_ID')"
:ask
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
:ask
ROLLBACK;
-- The tenant that granted is suspended, and comes back.
\! $ADMIN -c "SELECT tenancy.suspend_tenant('globex')"
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
:ask
ROLLBACK;
\! $ADMIN -c "SELECT tenancy.resume_tenant('globex')"
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
:ask
COMMIT;
-- The one that granted has nothing in return.
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
:ask
COMMIT;
\i :suites/../fixtures/clear.sql
