-- check_index finds rows that an index lacks and pages that it lost; it is for owners and auditors, and of its own indexes only.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/vectors.sql
CREATE TABLE world.chunk (tenant_id int, id int PRIMARY KEY, e vector(8));
CREATE INDEX chunk_vectors ON world.chunk USING tenant_vector (tenant_id, e vector_l2_ops);
CREATE TABLE world.parted (tenant_id int, id int, e vector(8)) PARTITION BY HASH (id);
CREATE INDEX parted_vectors ON world.parted USING tenant_vector (tenant_id, e vector_l2_ops);
CREATE ROLE regress_world_auditor IN ROLE tenancy_auditor;
CREATE VIEW world.chunk_view AS SELECT * FROM world.chunk;
INSERT INTO world.chunk SELECT n % 3, n, world.vector(n, 8) FROM generate_series(1, 1000) n;
SELECT * FROM tenancy.check_index('world.chunk_vectors');
-- What is no index of this kind.
SELECT * FROM tenancy.check_index('world.chunk_pkey');
SELECT * FROM tenancy.check_index('world.chunk');
SELECT * FROM tenancy.check_index('world.parted_vectors');
SELECT * FROM tenancy.check_index('pg_class_oid_index');
SELECT * FROM tenancy.check_index('world.none');
SELECT * FROM tenancy.check_index(1234567);
SELECT * FROM tenancy.check_index(0);
SELECT * FROM tenancy.check_index(NULL);
SELECT * FROM tenancy.check_index();
\set VERBOSITY sqlstate
SELECT * FROM tenancy.check_index('world.chunk_pkey');
SELECT * FROM tenancy.check_index(1234567);
\set VERBOSITY default
-- Whose it is.
SELECT pg_get_userbyid(grantee) AS grantee, privilege_type FROM pg_proc, aclexplode(proacl) WHERE oid = 'tenancy.check_index(regclass)'::regprocedure AND grantee <> proowner ORDER BY 1;
SET ROLE regress_world_app;
SELECT * FROM tenancy.check_index('world.chunk_vectors');
SET ROLE regress_world_plain;
SELECT * FROM tenancy.check_index('world.chunk_vectors');
SET ROLE regress_world_admin;
SELECT * FROM tenancy.check_index('world.chunk_vectors');
SELECT * FROM tenancy.check_index('world.chunk_pkey');
SET ROLE regress_world_auditor;
SELECT * FROM tenancy.check_index('world.chunk_vectors');
RESET ROLE;
ALTER TABLE world.chunk OWNER TO regress_world_owner;
SET ROLE regress_world_owner;
SELECT * FROM tenancy.check_index('world.chunk_vectors');
RESET ROLE;
GRANT tenancy_admin TO regress_world_owner;
SET ROLE regress_world_owner;
SELECT * FROM tenancy.check_index('world.chunk_vectors');
RESET ROLE;
-- Code of the table's owner that the index holds runs as the owner, whoever checks.
SET ROLE regress_world_owner;
CREATE FUNCTION world.whose(v vector) RETURNS vector LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE INFO 'expression of %', current_user; RETURN v; END $$;
CREATE FUNCTION world.whose(id int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE INFO 'condition of %', current_user; RETURN true; END $$;
CREATE TABLE world.own (tenant_id int, id int, e vector(8));
INSERT INTO world.own SELECT 1, 1, world.vector(1, 8);
CREATE INDEX own_vectors ON world.own USING tenant_vector (tenant_id, (world.whose(e)::vector(8)) vector_l2_ops) WHERE world.whose(id);
RESET ROLE;
SELECT * FROM tenancy.check_index('world.own_vectors');
SELECT current_user = :'SUPERUSER' AS back;
-- An index that a hand in the catalog kept from seeing changes: rows were added, and rows of others took the places of rows that went.
CREATE TABLE world.small (tenant_id int, id int, e vector(8)) WITH (autovacuum_enabled = off);
CREATE INDEX small_tenant ON world.small (tenant_id);
CREATE INDEX small_vectors ON world.small USING tenant_vector (tenant_id, e vector_l2_ops);
INSERT INTO world.small SELECT 1, n, world.vector(n, 8) FROM generate_series(1, 20) n;
UPDATE pg_index SET indisready = false WHERE indexrelid = 'world.small_vectors'::regclass;
DELETE FROM world.small WHERE id <= 10;
VACUUM world.small;
INSERT INTO world.small SELECT 2, n, world.vector(n - 100, 8) FROM generate_series(101, 110) n;
UPDATE pg_index SET indisready = true WHERE indexrelid = 'world.small_vectors'::regclass;
INSERT INTO world.small SELECT 3, n, world.vector(n, 8) FROM generate_series(201, 210) n;
SELECT regexp_replace(problem, '\d+', 'n', 'g') AS problem, count(*), count(block) FROM tenancy.check_index('world.small_vectors') GROUP BY 1 ORDER BY 1;
-- Even so nobody is given another's rows: the tenant of each is tested once more.
SET enable_seqscan = off;
SET enable_sort = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM world.small WHERE tenant_id = 1 ORDER BY e <-> '[1,0,0,0,0,0,0,0]';
SELECT tenant, array_agg(id ORDER BY id) FROM unnest('{1,2,3}'::int[]) tenant, LATERAL (SELECT id FROM world.small WHERE tenant_id = tenant ORDER BY e <-> '[1,0,0,0,0,0,0,0]') n GROUP BY 1 ORDER BY 1;
-- Rows twice at one place.
DELETE FROM world.small WHERE id > 100;
UPDATE pg_index SET indisready = false WHERE indexrelid = 'world.small_vectors'::regclass;
VACUUM world.small;
UPDATE pg_index SET indisready = true WHERE indexrelid = 'world.small_vectors'::regclass;
INSERT INTO world.small SELECT 1, n, world.vector(n, 8) FROM generate_series(301, 304) n;
SELECT regexp_replace(problem, '\d+', 'n', 'g') AS problem, count(*), count(block) FROM tenancy.check_index('world.small_vectors') GROUP BY 1 ORDER BY 1;
REINDEX INDEX world.small_vectors;
SELECT * FROM tenancy.check_index('world.small_vectors');
\i :suites/../fixtures/clear.sql
