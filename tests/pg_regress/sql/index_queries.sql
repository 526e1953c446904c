-- Whatever the form of a query, rows come complete and in order: with and without limit, filtered, joined, read again and
-- again, through cursors, from prepared plans. Where the index cannot give the order, it is not used.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/vectors.sql
CREATE TABLE world.chunk (tenant_id int NOT NULL, id int, doc int, e vector(8));
INSERT INTO world.chunk SELECT CASE WHEN n <= 10 THEN 10 WHEN n <= 310 THEN 300 ELSE 1000 END, n, n % 7, world.vector(n, 8) FROM generate_series(1, 1310) n;
CREATE INDEX chunk_vectors ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops);
CREATE TABLE world.doc AS SELECT n AS doc, 'doc ' || n AS title FROM generate_series(0, 5) n;
CREATE TABLE world.question AS SELECT n, (ARRAY[10, 300, 1000, 77, NULL])[1 + n % 5] AS tenant_id, CASE WHEN n <> 11 THEN world.vector(-n, 8) END AS e FROM generate_series(1, 12) n;
ANALYZE world.chunk, world.doc, world.question;
SELECT world.vector(-1, 8) AS q, world.vector(-2, 8) AS q2 \gset
SET tenancy.recall_bound = 6;
-- Limits, offsets, filters: a filter on top takes nothing from the number of rows.
SELECT query, world.compare('SELECT id, e <-> ' || quote_literal(:'q') || ' AS distance FROM world.chunk WHERE tenant_id ' || query)
FROM unnest(ARRAY[
    '= 300 ORDER BY distance LIMIT 5', '= 300 ORDER BY distance LIMIT 300', '= 300 ORDER BY distance LIMIT 301', '= 300 ORDER BY distance LIMIT 1000000',
    '= 300 ORDER BY distance', '= 300 ORDER BY distance LIMIT ALL', '= 300 ORDER BY distance LIMIT NULL', '= 300 ORDER BY distance LIMIT 0',
    '= 300 ORDER BY distance OFFSET 295', '= 300 ORDER BY distance LIMIT 10 OFFSET 100', '= 300 ORDER BY distance OFFSET 1000 LIMIT 1',
    '= 300 ORDER BY distance FETCH FIRST 7 ROWS WITH TIES',
    '= 300 AND id % 50 = 0 ORDER BY distance LIMIT 5', '= 300 AND id = 117 ORDER BY distance LIMIT 5', '= 1000 AND doc = 3 ORDER BY distance LIMIT 10',
    '= 300 AND e <-> ' || quote_literal(:'q') || ' < 1 ORDER BY distance', '= 300 AND e IS NULL ORDER BY distance',
    '= 300 AND tenant_id = ANY (''{10,300}'') ORDER BY distance LIMIT 12', 'IN (10, 300, 300) ORDER BY distance LIMIT 12',
    '= 300 AND EXISTS (SELECT FROM world.doc d WHERE d.doc = chunk.doc) ORDER BY distance LIMIT 10',
    '= (SELECT 300 OFFSET 0) ORDER BY distance LIMIT 10', '= 300 ORDER BY distance LIMIT (SELECT 4 OFFSET 0)']) query;
-- Joined, nested, combined.
SELECT query, world.compare(replace(query, '$q', quote_literal(:'q')))
FROM unnest(ARRAY[
    'SELECT id, e <-> $q AS distance FROM world.chunk LEFT JOIN world.doc USING (doc) WHERE tenant_id = 300 ORDER BY distance LIMIT 20',
    'SELECT n.id, n.distance FROM world.question q, LATERAL (SELECT id, c.e <-> q.e AS distance FROM world.chunk c WHERE c.tenant_id = q.tenant_id ORDER BY distance LIMIT 4) n ORDER BY q.n + 0, distance',
    'SELECT n.id, n.distance FROM world.question q LEFT JOIN LATERAL (SELECT id, c.e <-> q.e AS distance FROM world.chunk c WHERE c.tenant_id = q.tenant_id ORDER BY distance) n ON true',
    'SELECT n.id, n.distance FROM world.question q, LATERAL (SELECT id, c.e <-> q.e AS distance FROM world.chunk c WHERE c.tenant_id = ANY (ARRAY[10, q.tenant_id]) ORDER BY distance LIMIT 4) n',
    'SELECT q.n AS id, (SELECT c.e <-> q.e FROM world.chunk c WHERE c.tenant_id = q.tenant_id ORDER BY c.e <-> q.e LIMIT 1) AS distance FROM world.question q',
    'SELECT id, distance FROM (SELECT id, e <-> $q AS distance FROM world.chunk WHERE tenant_id = 1000 ORDER BY distance LIMIT 50) f WHERE id % 2 = 0',
    'WITH near AS MATERIALIZED (SELECT id, doc, e <-> $q AS distance FROM world.chunk WHERE tenant_id = 1000 ORDER BY distance LIMIT 50) SELECT id, distance FROM near JOIN world.doc USING (doc)',
    '(SELECT id, e <-> $q AS distance FROM world.chunk WHERE tenant_id = 300 ORDER BY distance LIMIT 3) UNION ALL (SELECT id, e <-> $q FROM world.chunk WHERE tenant_id = 10 ORDER BY e <-> $q LIMIT 3)',
    'SELECT id, e <-> (SELECT e FROM world.question WHERE n = 3) AS distance FROM world.chunk WHERE tenant_id = 300 ORDER BY distance LIMIT 10',
    'SELECT id, e <-> (SELECT e FROM world.question WHERE n = 11) AS distance FROM world.chunk WHERE tenant_id = 300 ORDER BY distance']) query;
-- Another order than the index has: sorted after a scan of the table.
SET enable_bitmapscan = off;
SELECT * FROM unnest(ARRAY['tenant_id = 300 ORDER BY e <-> $q DESC', 'tenant_id = 300 ORDER BY e <-> $q NULLS FIRST', 'tenant_id = 300 ORDER BY e <=> $q', 'tenant_id = 300 ORDER BY e <#> $q',
        'tenant_id = 300 ORDER BY -(e <-> $q)', 'tenant_id = 300', 'tenant_id > 300 ORDER BY e <-> $q', 'tenant_id <> 300 ORDER BY e <-> $q', 'true ORDER BY e <-> $q', 'tenant_id IS NULL ORDER BY e <-> $q',
        'tenant_id = 10 OR tenant_id IS NULL ORDER BY e <-> $q', 'tenant_id = 300 ORDER BY id, e <-> $q', 'tenant_id = 300 ORDER BY e <-> NULL', 'tenant_id::numeric = 300 ORDER BY e <-> $q']) condition,
    LATERAL (SELECT (i).plan ~ 'Index Scan' AS index_used, cardinality((i).ids) AS rows, (i).ids = (t).ids AS same
             FROM (SELECT world.answer_of_index(query) AS i, world.answer_of_table(query) AS t FROM replace('SELECT id, 0 AS distance FROM world.chunk WHERE ' || condition, '$q', quote_literal(:'q')) query) a) a;
RESET enable_bitmapscan;
SET enable_seqscan = off;
SET enable_sort = off;
-- The plans of some.
EXPLAIN (COSTS OFF) SELECT id FROM world.chunk WHERE tenant_id = 1000 AND doc = 3 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 10;
EXPLAIN (COSTS OFF) SELECT id FROM world.chunk WHERE tenant_id = ANY ('{10,1000}') ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 10;
EXPLAIN (COSTS OFF) DECLARE nearest SCROLL CURSOR FOR SELECT id FROM world.chunk WHERE tenant_id = 1000 ORDER BY e <-> '[1,0,0,0,0,0,0,0]' LIMIT 10;
-- Two distances, or a distance and a column: the first one's order, then the other's. Postgres 16 sorts, 17 and later sort by the second only.
SELECT array_agg(id) AS ids FROM (SELECT id FROM world.chunk WHERE tenant_id = 300 ORDER BY e <-> :'q', e <-> :'q2' LIMIT 10) i \gset
SELECT array_agg(id) = :'ids' AS same FROM (SELECT id FROM world.chunk WHERE tenant_id = 300 ORDER BY (e <-> :'q') + 0, (e <-> :'q2') + 0 LIMIT 10) t;
SELECT array_agg(id) AS ids FROM (SELECT id FROM world.chunk WHERE tenant_id = 300 ORDER BY e <-> :'q', id DESC LIMIT 10) i \gset
SELECT array_agg(id) = :'ids' AS same FROM (SELECT id FROM world.chunk WHERE tenant_id = 300 ORDER BY (e <-> :'q') + 0, id DESC LIMIT 10) t;
-- Prepared: planned for each value, and once for all.
PREPARE nearest (int, vector, int) AS SELECT array_agg(id) AS ids FROM (SELECT id FROM world.chunk WHERE tenant_id = $1 ORDER BY e <-> $2 LIMIT $3) i;
PREPARE nearest_of (int[], vector) AS SELECT array_agg(id) AS ids FROM (SELECT id FROM world.chunk WHERE tenant_id = ANY ($1) ORDER BY e <-> $2 LIMIT 5) i;
SET plan_cache_mode = force_custom_plan;
EXECUTE nearest (300, :'q', 5) \gset custom_
EXECUTE nearest_of ('{300,10}', :'q') \gset custom_of_
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE nearest (300, :'q', 5);
EXPLAIN (COSTS OFF) EXECUTE nearest_of ('{300,10}', :'q');
EXECUTE nearest (300, :'q', 5) \gset generic_
EXECUTE nearest_of ('{300,10}', :'q') \gset generic_of_
SELECT :'custom_ids' = :'generic_ids' AS same, :'custom_of_ids' = :'generic_of_ids' AS same_of,
       :'custom_ids' = array_agg(id)::text AS right FROM (SELECT id FROM world.chunk WHERE tenant_id = 300 ORDER BY (e <-> :'q') + 0 LIMIT 5) t;
EXECUTE nearest (10, :'q2', 100) \gset other_
SELECT :'other_ids' = array_agg(id)::text AS right FROM (SELECT id FROM world.chunk WHERE tenant_id = 10 ORDER BY (e <-> :'q2') + 0) t;
-- Nothing to compare with: all rows, none nearer than another. No tenant, or none known: no rows.
SELECT cardinality(ids) AS all FROM (SELECT array_agg(id) AS ids FROM (SELECT id FROM world.chunk WHERE tenant_id = 300 ORDER BY e <-> (SELECT NULL::vector OFFSET 0)) i) a;
EXECUTE nearest (10, NULL, 100) \gset none_
SELECT cardinality(:'none_ids'::int[]) AS all;
EXECUTE nearest (NULL, :'q', 5);
EXECUTE nearest (77, :'q', 5);
EXECUTE nearest_of (NULL, :'q');
EXECUTE nearest_of ('{}', :'q');
EXECUTE nearest_of ('{NULL}', :'q');
EXECUTE nearest (300, :'q', 0);
EXECUTE nearest (300, :'q', NULL) \gset all_
SELECT cardinality(:'all_ids'::int[]) AS all;
EXECUTE nearest (300, :'q', -1);
RESET plan_cache_mode;
-- Cursors give a row's place in the order: read in pieces, back and forth, while rows change, and after the transaction.
CREATE TABLE world.place AS SELECT id, row_number() OVER (ORDER BY e <-> :'q') AS place FROM world.chunk WHERE tenant_id = 300;
\set nearest 'SELECT (SELECT place FROM world.place p WHERE p.id = c.id) AS place FROM world.chunk c WHERE tenant_id = 300 ORDER BY e <->' :'q'
\pset format unaligned
\pset tuples_only on
\pset recordsep ' '
BEGIN;
DECLARE forward NO SCROLL CURSOR FOR :nearest;
DECLARE scroll SCROLL CURSOR FOR :nearest;
DECLARE held SCROLL CURSOR WITH HOLD FOR :nearest LIMIT 8;
FETCH 3 FROM forward;
FETCH NEXT FROM forward;
FETCH 4 FROM scroll;
FETCH BACKWARD 2 FROM scroll;
FETCH LAST FROM scroll;
FETCH ABSOLUTE 7 FROM scroll;
FETCH FIRST FROM scroll;
FETCH RELATIVE 2 FROM scroll;
FETCH 2 FROM held;
-- Rows that are deleted, moved or added later are not the cursors' concern.
DELETE FROM world.chunk WHERE id IN (SELECT id FROM world.place WHERE place IN (5, 8));
UPDATE world.chunk SET e = world.vector(id + 5000, 8) WHERE id IN (SELECT id FROM world.place WHERE place = 6);
UPDATE world.chunk SET tenant_id = 10 WHERE id IN (SELECT id FROM world.place WHERE place = 9);
INSERT INTO world.chunk SELECT 300, n, 0, :'q' FROM generate_series(5001, 5300) n;
FETCH 6 FROM forward;
MOVE ALL IN forward;
FETCH 6 FROM scroll;
FETCH BACKWARD 4 FROM scroll;
SAVEPOINT before;
FETCH BACKWARD 1 FROM forward;
ROLLBACK TO before;
-- One opened now sees them.
DECLARE now CURSOR FOR :nearest;
MOVE 300 IN now;
FETCH 8 FROM now;
-- By a cursor rows are changed too.
DELETE FROM world.chunk WHERE id > 5000;
DECLARE current CURSOR FOR SELECT id = (SELECT id FROM world.place WHERE place = 3) FROM world.chunk WHERE tenant_id = 300 ORDER BY e <-> :'q' FOR UPDATE;
FETCH 3 FROM current;
UPDATE world.chunk SET doc = -1 WHERE CURRENT OF current;
SELECT place FROM world.chunk JOIN world.place USING (id) WHERE doc = -1;
COMMIT;
FETCH ALL FROM held;
FETCH BACKWARD 3 FROM held;
CLOSE held;
-- Rows are locked, skipped, changed and deleted in the order of distance.
BEGIN;
SELECT array_agg(place) FROM (SELECT id FROM world.chunk WHERE tenant_id = 300 ORDER BY e <-> :'q' LIMIT 3 FOR UPDATE SKIP LOCKED) l JOIN world.place USING (id);
WITH gone AS (DELETE FROM world.chunk WHERE id IN (SELECT id FROM world.chunk WHERE tenant_id = 300 ORDER BY e <-> :'q' LIMIT 3) RETURNING id) SELECT array_agg(place ORDER BY place) FROM gone JOIN world.place USING (id);
SELECT array_agg(place) FROM (SELECT id FROM world.chunk WHERE tenant_id = 300 ORDER BY e <-> :'q' LIMIT 3) l JOIN world.place USING (id);
ROLLBACK;
\pset tuples_only off
SELECT * FROM tenancy.check_index('world.chunk_vectors');
\i :suites/../fixtures/clear.sql
