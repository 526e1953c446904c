-- What an index cannot be made of, cannot hold or cannot be asked is refused with a message that says what to do.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/vectors.sql
CREATE TABLE world.chunk (tenant_id int, other int, small int2, code char(8), amount numeric, slug text, label name, owner uuid, id int, e vector(4), h halfvec(4), s sparsevec(4), b bit(4), any_size vector, huge halfvec(8129), largest halfvec(8128));
-- Not of these columns, in this order, of these types.
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id);
CREATE INDEX ON world.chunk USING tenant_vector (e vector_l2_ops);
CREATE INDEX ON world.chunk USING tenant_vector (e vector_l2_ops, tenant_id);
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id, other);
CREATE INDEX ON world.chunk USING tenant_vector (e vector_l2_ops, e vector_l2_ops);
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id, other, e vector_l2_ops);
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops, e vector_cosine_ops);
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id, e);
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id, e vector_l1_ops);
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id, e halfvec_l2_ops);
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id, s sparsevec_l2_ops);
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id, b bit_hamming_ops);
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id, any_size vector_l2_ops);
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id, (e || e) vector_l2_ops);
CREATE INDEX ON world.chunk USING tenant_vector (small, e vector_l2_ops);
CREATE INDEX ON world.chunk USING tenant_vector (code, e vector_l2_ops);
CREATE INDEX ON world.chunk USING tenant_vector (amount, e vector_l2_ops);
CREATE INDEX ON world.chunk USING tenant_vector (label, e vector_l2_ops);
CREATE INDEX ON world.chunk USING tenant_vector (slug uuid_tenant_ops, e vector_l2_ops);
CREATE INDEX ON world.chunk USING tenant_vector (slug tenancy.uuid_tenant_ops, e vector_l2_ops);
-- Not of so many dimensions: a code has to fit a page.
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id, huge halfvec_l2_ops);
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id, largest halfvec_l2_ops) WITH (bits = 4);
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id, (array_fill(1, '{16000}')::vector(16000)) vector_l2_ops);
CREATE INDEX chunk_largest ON world.chunk USING tenant_vector (tenant_id, largest halfvec_l2_ops);
INSERT INTO world.chunk (tenant_id, id, largest) SELECT n % 2, n, (array_fill(n, '{4000}') || array_fill(n % 3, '{4128}'))::halfvec FROM generate_series(1, 20) n;
SET enable_seqscan = off;
SET enable_sort = off;
SELECT array_agg(id) FROM (SELECT id FROM world.chunk WHERE tenant_id = 1 ORDER BY largest <-> array_fill(9, '{8128}')::halfvec LIMIT 3) n;
SELECT * FROM tenancy.check_index('world.chunk_largest');
DROP INDEX world.chunk_largest;
TRUNCATE world.chunk;
-- Not with what other indexes have.
CREATE UNIQUE INDEX ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops);
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops) INCLUDE (id);
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id DESC, e vector_l2_ops);
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops NULLS FIRST);
ALTER TABLE world.chunk ADD EXCLUDE USING tenant_vector (tenant_id WITH =);
CREATE INDEX chunk_cluster ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops);
CLUSTER world.chunk USING chunk_cluster;
ALTER TABLE world.chunk REPLICA IDENTITY USING INDEX chunk_cluster;
ALTER TABLE world.chunk ADD UNIQUE USING INDEX chunk_cluster;
DROP INDEX world.chunk_cluster;
-- Not with these options.
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops) WITH (bits = 0);
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops) WITH (bits = 5);
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops) WITH (bits = many);
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops) WITH (bits);
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops) WITH (fillfactor = 50);
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops) WITH (lists = 100);
SELECT opcname, amvalidate(oid) FROM pg_opclass WHERE opcmethod = (SELECT oid FROM pg_am WHERE amname = 'tenant_vector') ORDER BY 1;
-- Nor of something else than a table.
CREATE VIEW world.chunk_view AS SELECT * FROM world.chunk;
CREATE INDEX ON world.chunk_view USING tenant_vector (tenant_id, e vector_l2_ops);
-- What pgvector refuses never gets to an index; what it takes is held.
CREATE INDEX chunk_vectors ON world.chunk USING tenant_vector (tenant_id, e vector_cosine_ops);
CREATE INDEX chunk_expression ON world.chunk USING tenant_vector (tenant_id, (any_size::vector(4)) vector_l2_ops);
INSERT INTO world.chunk (tenant_id, id, e) VALUES (1, 1, '[1,2,3]');
INSERT INTO world.chunk (tenant_id, id, e) VALUES (1, 1, '[1,2,3,NaN]');
INSERT INTO world.chunk (tenant_id, id, e) VALUES (1, 1, '[1,2,3,Infinity]');
INSERT INTO world.chunk (tenant_id, id, e) VALUES (1, 1, '[1,2,3,1e39]');
INSERT INTO world.chunk (tenant_id, id, any_size) VALUES (1, 1, '[1,2,3]');
INSERT INTO world.chunk (tenant_id, id, e, any_size) VALUES (1, 1, '[1,0,0,0]', '[1,0,0,0]'), (1, 2, '[0,0,0,0]', NULL), (1, 3, NULL, '[0,0,0,0]'), (NULL, 4, '[0,1,0,0]', '[0,1,0,0]');
\set VERBOSITY sqlstate
INSERT INTO world.chunk (tenant_id, id, e) VALUES (1, 1, '[1,2,3]');
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id);
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id, any_size vector_l2_ops);
CREATE INDEX ON world.chunk USING tenant_vector (tenant_id, huge halfvec_l2_ops);
\set VERBOSITY default
-- Asked by a vector of another length, by none, by one without direction; for rows of no tenant.
PREPARE nearest (vector) AS SELECT id, e <=> $1 AS distance FROM world.chunk WHERE tenant_id = 1 ORDER BY distance;
PREPARE nearest_expression (vector) AS SELECT id FROM world.chunk WHERE tenant_id = 1 ORDER BY any_size::vector(4) <-> $1;
EXPLAIN (COSTS OFF) EXECUTE nearest ('[1,0,0,0]');
EXPLAIN (COSTS OFF) EXECUTE nearest_expression ('[1,0,0,0]');
EXECUTE nearest ('[1,0,0]');
EXECUTE nearest ('[1,0,0,0,0]');
EXECUTE nearest_expression ('[1]');
\set VERBOSITY sqlstate
EXECUTE nearest ('[1,0,0]');
\set VERBOSITY default
EXECUTE nearest ('[1,NaN,0,0]');
EXECUTE nearest (NULL);
EXECUTE nearest ('[0,0,0,0]');
EXECUTE nearest ('[1,0,0,0]');
EXECUTE nearest_expression ('[1,0,0,0]');
SELECT id FROM world.chunk WHERE tenant_id = NULL ORDER BY e <=> '[1,0,0,0]';
-- A bound that is none.
SET tenancy.recall_bound = 'wide';
SET tenancy.recall_bound = -1;
SET tenancy.recall_bound = 101;
SET tenancy.recall_bound = 'NaN';
SET tenancy.recall_bound = 'Infinity';
SET tenancy.recall_bound = 1e300;
SET tenancy.recall_bound = 100;
EXECUTE nearest ('[1,0,0,0]');
SET tenancy.recall_bound = 0;
EXECUTE nearest ('[1,0,0,0]');
\i :suites/../fixtures/clear.sql
