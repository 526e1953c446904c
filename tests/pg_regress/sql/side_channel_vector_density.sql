-- An approximate index over all tenants: B's vectors around A's query take the places of A's rows.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_side_channel_vector_density_owner, regress_side_channel_vector_density_app;
CREATE ROLE regress_side_channel_vector_density_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_side_channel_vector_density_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA side_channel_vector_density AUTHORIZATION regress_side_channel_vector_density_owner;
GRANT USAGE ON SCHEMA side_channel_vector_density TO regress_side_channel_vector_density_app;
SELECT tenancy.create_tenant('side_channel_vector_density.acme') AS acme, tenancy.create_tenant('side_channel_vector_density.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('side_channel_vector_density.acme', 'test') \gset
SET ROLE regress_side_channel_vector_density_owner;
CREATE TABLE side_channel_vector_density.chunk (tenant_id uuid NOT NULL, id int, embedding vector(3), PRIMARY KEY (tenant_id, id));
INSERT INTO side_channel_vector_density.chunk SELECT :'acme', n, ARRAY[1, n, 0]::vector FROM generate_series(1, 10) n;
CREATE INDEX chunk_embedding ON side_channel_vector_density.chunk USING hnsw (embedding vector_l2_ops);
CREATE INDEX chunk_lists ON side_channel_vector_density.chunk USING ivfflat (embedding vector_l2_ops) WITH (lists = 1);
\set VERBOSITY default
SELECT tenancy.protect('side_channel_vector_density.chunk');
DROP INDEX side_channel_vector_density.chunk_embedding;
DROP INDEX side_channel_vector_density.chunk_lists;
SELECT tenancy.protect('side_channel_vector_density.chunk');
CREATE INDEX chunk_embedding ON side_channel_vector_density.chunk USING hnsw (embedding vector_l2_ops);
\set VERBOSITY terse
CREATE INDEX chunk_lists ON side_channel_vector_density.chunk USING ivfflat (embedding vector_cosine_ops);
CREATE INDEX CONCURRENTLY chunk_embedding ON side_channel_vector_density.chunk USING hnsw (embedding vector_l2_ops);
SELECT count(*) FROM pg_class WHERE relname IN ('chunk_embedding', 'chunk_lists') AND relnamespace = 'side_channel_vector_density'::regnamespace;
GRANT SELECT ON side_channel_vector_density.chunk TO regress_side_channel_vector_density_app;
RESET ROLE;
-- The control: the same rows under such an index.
CREATE TABLE side_channel_vector_density.hand AS TABLE side_channel_vector_density.chunk;
ALTER TABLE side_channel_vector_density.hand ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON side_channel_vector_density.hand USING (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT ON side_channel_vector_density.hand TO regress_side_channel_vector_density_app;
CREATE INDEX ON side_channel_vector_density.hand USING hnsw (embedding vector_l2_ops);
-- B surrounds A's query.
INSERT INTO side_channel_vector_density.chunk SELECT :'globex', n, ARRAY[1 + n / 10000.0, 1, 0]::vector FROM generate_series(1, 300) n;
INSERT INTO side_channel_vector_density.hand SELECT :'globex', n, ARRAY[1 + n / 10000.0, 1, 0]::vector FROM generate_series(1, 300) n;
\c - regress_side_channel_vector_density_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT set_config('app.tenant', :'acme', true) = :'acme' AS hand;
SET LOCAL enable_seqscan = off;
SELECT count(*) < 10 AS too_few FROM (SELECT FROM side_channel_vector_density.hand ORDER BY embedding <-> '[1,1,0]' LIMIT 10) h;
SELECT array_agg(id) FROM (SELECT id FROM side_channel_vector_density.chunk ORDER BY embedding <-> '[1,1,0]' LIMIT 10) c;
ROLLBACK;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA side_channel_vector_density CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'side_channel_vector_density.%';
DROP ROLE regress_side_channel_vector_density_owner, regress_side_channel_vector_density_app;
