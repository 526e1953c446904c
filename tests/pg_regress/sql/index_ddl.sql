-- Commands that make, move, rewrite or empty an index or its table leave an index that is whole and answers rightly.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/vectors.sql
SET client_min_messages = warning;
-- Looks at all indexes of the tables world.chunk…: whether they are whole and valid, and what three tenants get by each.
CREATE FUNCTION world.look(OUT made text, OUT answers text, OUT problems text) RETURNS SETOF record LANGUAGE plpgsql SET tenancy.recall_bound = 6 AS $$
DECLARE
    i record;
BEGIN
    FOR i IN SELECT x.*, c.relkind, c.relname, pg_get_indexdef(x.indexrelid, 2, false) AS vector, v.atttypmod AS dimensions FROM pg_index x JOIN pg_attribute v ON v.attrelid = x.indexrelid AND v.attnum = 2 JOIN pg_class c ON c.oid = x.indexrelid JOIN pg_am a ON a.oid = c.relam
             WHERE a.amname = 'tenant_vector' AND indrelid::regclass::text ~ 'chunk' ORDER BY c.relname LOOP
        made := i.relname || CASE WHEN i.indisvalid THEN '' ELSE ', not valid' END;
        SELECT string_agg(DISTINCT world.compare(format('SELECT id, %s <-> world.vector(%s, %s)::%s AS distance FROM %s chunk WHERE tenant_id = %s %s ORDER BY distance',
                   i.vector, -q, i.dimensions, CASE WHEN i.vector ~ 'half' THEN 'halfvec' ELSE 'vector' END, i.indrelid::regclass, t, 'AND ' || pg_get_expr(i.indpred, i.indrelid))), ', ')
        INTO answers FROM unnest('{1,2,3}'::int[]) t, generate_series(1, 2) q;
        problems := CASE WHEN i.relkind = 'i' THEN (SELECT coalesce(string_agg(p::text, ', '), 'none') FROM tenancy.check_index(i.indexrelid) p) END;
        RETURN NEXT;
    END LOOP;
END $$;
CREATE TABLE world.chunk (tenant_id int NOT NULL, id int PRIMARY KEY, e vector(8));
CREATE PROCEDURE world.fill(relation regclass) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('INSERT INTO %s (tenant_id, id, e) SELECT CASE WHEN n <= 3 THEN 1 WHEN n <= 30 THEN 2 ELSE 3 END, n, CASE WHEN n %% 20 > 0 THEN world.vector(n, 8) END FROM generate_series(1, 530) n', relation);
END $$;
CALL world.fill('world.chunk');
CREATE INDEX CONCURRENTLY chunk_vectors ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops);
SELECT * FROM world.look();
-- Rebuilt.
REINDEX INDEX world.chunk_vectors;
REINDEX INDEX CONCURRENTLY world.chunk_vectors;
SELECT * FROM world.look();
REINDEX TABLE CONCURRENTLY world.chunk;
REINDEX SCHEMA world;
ALTER INDEX world.chunk_vectors SET (bits = 4);
SELECT * FROM world.look();
SELECT pg_relation_size('world.chunk_vectors') AS before \gset
REINDEX INDEX world.chunk_vectors;
SELECT pg_relation_size('world.chunk_vectors') > :before AS larger, reloptions FROM pg_class WHERE oid = 'world.chunk_vectors'::regclass;
SELECT * FROM world.look();
ALTER INDEX world.chunk_vectors RESET (bits);
ALTER INDEX world.chunk_vectors SET (bits = 9);
-- Its table rewritten: all rows lie elsewhere.
DELETE FROM world.chunk WHERE id % 10 = 7;
VACUUM FULL world.chunk;
SELECT * FROM world.look();
CLUSTER world.chunk USING chunk_pkey;
ALTER TABLE world.chunk ADD COLUMN made_at timestamptz DEFAULT clock_timestamp();
SELECT * FROM world.look();
ALTER TABLE world.chunk ALTER tenant_id TYPE bigint;
SELECT * FROM world.look();
ALTER TABLE world.chunk ALTER tenant_id TYPE text USING tenant_id::text;
SELECT id FROM world.chunk WHERE tenant_id = '1' ORDER BY e <-> world.vector(2, 8) LIMIT 1;
ALTER TABLE world.chunk ALTER tenant_id TYPE int USING tenant_id::int;
ALTER TABLE world.chunk ALTER e TYPE vector(5) USING subvector(e, 1, 5);
SELECT * FROM world.look();
ALTER TABLE world.chunk ALTER e TYPE halfvec(8);
-- Without a number of dimensions it goes on with those that it was made for, but is not made anew.
ALTER TABLE world.chunk ALTER e TYPE vector;
INSERT INTO world.chunk (tenant_id, id, e) VALUES (1, 1001, '[1,2,3,4,5]');
INSERT INTO world.chunk (tenant_id, id, e) VALUES (1, 1002, '[1,2,3,4]');
SELECT id FROM world.chunk WHERE tenant_id = 1 ORDER BY e <-> '[1,2,3,4,5]' LIMIT 1;
REINDEX INDEX world.chunk_vectors;
SELECT * FROM tenancy.check_index('world.chunk_vectors');
ALTER TABLE world.chunk ALTER e TYPE vector(5);
SELECT * FROM world.look();
-- Emptied, refilled, renamed, moved to another schema, and back by a rollback.
TRUNCATE world.chunk;
SELECT * FROM world.look();
ALTER TABLE world.chunk ALTER e TYPE vector(8) USING NULL;
CALL world.fill('world.chunk');
SELECT * FROM world.look();
BEGIN;
TRUNCATE world.chunk;
INSERT INTO world.chunk (tenant_id, id, e) VALUES (1, 1001, world.vector(1, 8));
SELECT * FROM world.look();
REINDEX INDEX world.chunk_vectors;
ROLLBACK;
SELECT * FROM world.look();
BEGIN;
CREATE INDEX chunk_second ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops);
INSERT INTO world.chunk (tenant_id, id, e) VALUES (1, 1001, world.vector(1, 8));
SELECT * FROM world.look();
DROP INDEX world.chunk_vectors;
ROLLBACK;
ALTER INDEX world.chunk_vectors RENAME TO chunk_renamed;
ALTER TABLE world.chunk RENAME TO chunk_too;
SELECT * FROM world.look();
ALTER TABLE world.chunk_too ALTER tenant_id DROP NOT NULL;
UPDATE world.chunk_too SET tenant_id = NULL WHERE id % 3 = 0;
SELECT * FROM world.look();
DROP INDEX world.chunk_renamed;
-- Of an expression, and of some of the rows.
CREATE INDEX chunk_half ON world.chunk_too USING tenant_vector (tenant_id, (e::halfvec(8)) halfvec_l2_ops);
CREATE INDEX chunk_some ON world.chunk_too USING tenant_vector (tenant_id, e vector_l2_ops) WHERE id % 2 = 0;
INSERT INTO world.chunk_too (tenant_id, id, e) SELECT 2, n, world.vector(n, 8) FROM generate_series(531, 600) n;
SELECT * FROM world.look();
DROP TABLE world.chunk_too;
-- Unlogged, then logged; temporary.
CREATE UNLOGGED TABLE world.chunk_unlogged (tenant_id int, id int, e vector(8));
CREATE INDEX chunk_vectors ON world.chunk_unlogged USING tenant_vector (tenant_id, e vector_l2_ops);
CALL world.fill('world.chunk_unlogged');
SELECT * FROM world.look();
ALTER TABLE world.chunk_unlogged SET LOGGED;
SELECT * FROM world.look();
ALTER TABLE world.chunk_unlogged SET UNLOGGED;
SELECT * FROM world.look();
SELECT pg_relation_size('world.chunk_vectors', 'init') AS init;
DROP TABLE world.chunk_unlogged;
CREATE TEMPORARY TABLE chunk_temporary (tenant_id int, id int, e vector(8)) ON COMMIT DELETE ROWS;
CREATE INDEX chunk_vectors ON chunk_temporary USING tenant_vector (tenant_id, e vector_l2_ops);
BEGIN;
CALL world.fill('chunk_temporary');
SELECT * FROM world.look();
COMMIT;
SELECT * FROM world.look();
DROP TABLE chunk_temporary;
-- Partitions: an index of the parent is each partition's, those that come later too.
CREATE TABLE world.chunk (tenant_id int, id int, e vector(8)) PARTITION BY HASH (id);
CREATE TABLE world.chunk_0 PARTITION OF world.chunk FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE world.chunk_1 PARTITION OF world.chunk FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE INDEX chunk_vectors ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops) WITH (bits = 2);
CREATE TABLE world.chunk_2 (tenant_id int, id int, e vector(8));
CREATE INDEX chunk_2_own ON world.chunk_2 USING tenant_vector (tenant_id, e vector_l2_ops) WITH (bits = 2);
ALTER TABLE world.chunk ATTACH PARTITION world.chunk_2 FOR VALUES WITH (MODULUS 3, REMAINDER 2);
CALL world.fill('world.chunk');
SELECT c.relname, c.reloptions FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = 'world.chunk_vectors'::regclass ORDER BY 1;
SELECT * FROM world.look();
SET enable_seqscan = off;
SET enable_sort = off;
EXPLAIN (COSTS OFF) SELECT id FROM world.chunk WHERE tenant_id = 3 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 10;
RESET enable_seqscan;
RESET enable_sort;
UPDATE world.chunk SET id = id + 1000 WHERE tenant_id = 3;
REINDEX TABLE world.chunk;
SELECT * FROM world.look();
REINDEX INDEX CONCURRENTLY world.chunk_vectors;
ALTER TABLE world.chunk DETACH PARTITION world.chunk_2;
SELECT * FROM world.look();
DROP INDEX world.chunk_vectors;
DROP TABLE world.chunk, world.chunk_2;
-- A copy of a table has its indexes; a copy of rows is one of rows.
CREATE TABLE world.chunk (tenant_id int, id int, e vector(8));
CREATE INDEX chunk_vectors ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops) WITH (bits = 3);
CREATE TABLE world.chunk_like (LIKE world.chunk INCLUDING ALL);
COPY world.chunk_like FROM STDIN;
1	1	[1,0,0,0,0,0,0,0]
1	2	\N
2	3	[0,0,0,0,0,0,0,0]
\.
SELECT pg_get_indexdef('world.chunk_vectors'::regclass);
SELECT * FROM world.look();
-- One that could not be made stays, not valid, until it is dropped.
CREATE INDEX CONCURRENTLY chunk_failed ON world.chunk_like USING tenant_vector (tenant_id, (subvector(e, 1, 8 / (id - 1))::vector(8)) vector_l2_ops);
SELECT relname, indisvalid FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE relname = 'chunk_failed';
INSERT INTO world.chunk_like VALUES (1, 4, '[1,1,1,1,1,1,1,1]');
REINDEX INDEX CONCURRENTLY world.chunk_failed;
DROP INDEX CONCURRENTLY world.chunk_failed;
DROP TABLE world.chunk, world.chunk_like;
-- Another tablespace, logged and not.
SET allow_in_place_tablespaces = on;
DROP TABLESPACE IF EXISTS regress_index_ddl;
CREATE TABLESPACE regress_index_ddl LOCATION '';
CREATE TABLE world.chunk (tenant_id int, id int, e vector(8));
CREATE INDEX chunk_vectors ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops) TABLESPACE regress_index_ddl;
CALL world.fill('world.chunk');
CREATE UNLOGGED TABLE world.chunk_unlogged (LIKE world.chunk INCLUDING ALL);
CALL world.fill('world.chunk_unlogged');
ALTER INDEX world.chunk_unlogged_tenant_id_e_idx SET TABLESPACE regress_index_ddl;
SELECT * FROM world.look();
ALTER INDEX world.chunk_vectors SET TABLESPACE pg_default;
REINDEX (TABLESPACE pg_default, CONCURRENTLY) TABLE world.chunk_unlogged;
SELECT * FROM world.look();
DROP TABLESPACE regress_index_ddl;
\i :suites/../fixtures/clear.sql
