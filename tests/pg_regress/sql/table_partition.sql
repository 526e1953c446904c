-- A partition that is queried directly answers under its own policies, not under its parent's.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_table_partition_owner, regress_table_partition_app;
CREATE ROLE regress_table_partition_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_table_partition_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA table_partition AUTHORIZATION regress_table_partition_owner;
GRANT USAGE ON SCHEMA table_partition TO regress_table_partition_app;
SELECT tenancy.create_tenant('table_partition.acme') AS acme, tenancy.create_tenant('table_partition.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('table_partition.acme', 'test') \gset
SET ROLE regress_table_partition_owner;
CREATE TABLE table_partition.doc (tenant_id uuid NOT NULL, id int, body text) PARTITION BY RANGE (id);
CREATE TABLE table_partition.low PARTITION OF table_partition.doc FOR VALUES FROM (0) TO (100);
CREATE TABLE table_partition.high PARTITION OF table_partition.doc FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (id);
CREATE TABLE table_partition.higher PARTITION OF table_partition.high FOR VALUES FROM (100) TO (200);
CREATE INDEX ON table_partition.doc (tenant_id);
INSERT INTO table_partition.doc SELECT t.id, n, t.name || ' ' || n
FROM (VALUES (:'acme'::uuid, 'acme'), (:'globex', 'globex')) t (id, name), unnest('{1,101}'::int[]) n;
RESET ROLE;
-- The control: policies on the parent alone.
CREATE TABLE table_partition.hand (LIKE table_partition.doc) PARTITION BY RANGE (id);
CREATE TABLE table_partition.hand_low PARTITION OF table_partition.hand FOR VALUES FROM (0) TO (200);
INSERT INTO table_partition.hand TABLE table_partition.doc;
ALTER TABLE table_partition.hand ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON table_partition.hand USING (tenant_id = current_setting('app.tenant')::uuid);
SET ROLE regress_table_partition_owner;
SELECT tenancy.protect('table_partition.doc');
-- Partitions to come are protected as they come: created, attached, of a partition, by default.
CREATE TABLE table_partition.later PARTITION OF table_partition.doc FOR VALUES FROM (200) TO (300);
CREATE TABLE table_partition.attached (tenant_id uuid NOT NULL, id int, body text);
INSERT INTO table_partition.attached VALUES (:'acme', 301, 'acme 301'), (:'globex', 301, 'globex 301');
ALTER TABLE table_partition.doc ATTACH PARTITION table_partition.attached FOR VALUES FROM (300) TO (400);
CREATE TABLE table_partition.tree (tenant_id uuid NOT NULL, id int, body text) PARTITION BY RANGE (id);
CREATE TABLE table_partition.leaf PARTITION OF table_partition.tree DEFAULT;
INSERT INTO table_partition.tree VALUES (:'acme', 401, 'acme 401'), (:'globex', 401, 'globex 401');
ALTER TABLE table_partition.doc ATTACH PARTITION table_partition.tree FOR VALUES FROM (400) TO (500);
CREATE TABLE table_partition.rest PARTITION OF table_partition.doc DEFAULT;
-- Not so one that could not be: it brings rows, keys or grants that leak.
CREATE TABLE table_partition.bad (tenant_id uuid NOT NULL, id int UNIQUE, body text);
ALTER TABLE table_partition.doc ATTACH PARTITION table_partition.bad FOR VALUES FROM (500) TO (600);
CREATE TABLE table_partition.unique_part PARTITION OF table_partition.doc (id PRIMARY KEY) FOR VALUES FROM (500) TO (600);
RESET ROLE;
SELECT p.relation, c.relrowsecurity AND c.relforcerowsecurity AS forced,
       (SELECT count(*) FROM pg_policy o WHERE o.polrelid = c.oid) AS policies
FROM tenancy.protected_relation p JOIN pg_class c ON c.oid = p.relation
WHERE p.root = 'table_partition.doc'::regclass ORDER BY 1;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA table_partition TO regress_table_partition_app;
\c - regress_table_partition_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT set_config('app.tenant', :'acme', true) = :'acme' AS hand;
SELECT count(*) FROM table_partition.hand_low;
SELECT body FROM table_partition.doc ORDER BY body;
SELECT body FROM table_partition.low;
SELECT body FROM table_partition.high;
SELECT body FROM table_partition.higher;
SELECT body FROM table_partition.attached;
SELECT body FROM table_partition.tree;
SELECT body FROM table_partition.leaf;
-- Nor do writes through a partition go further than those through the parent.
INSERT INTO table_partition.low VALUES (:'globex', 2, 'planted');
INSERT INTO table_partition.later VALUES (:'globex', 202, 'planted');
INSERT INTO table_partition.rest VALUES (:'globex', 999, 'planted');
UPDATE table_partition.leaf SET tenant_id = :'globex';
WITH gone AS (DELETE FROM table_partition.low RETURNING body) SELECT * FROM gone;
WITH gone AS (DELETE FROM table_partition.attached RETURNING body) SELECT * FROM gone;
-- A row that moves to another partition stays its tenant's.
UPDATE table_partition.doc SET id = 210, tenant_id = :'globex' WHERE id = 101;
WITH moved AS (UPDATE table_partition.doc SET id = 210 WHERE id = 101 RETURNING tableoid::regclass, body) SELECT * FROM moved;
-- The stamp is every partition's.
INSERT INTO table_partition.later (id) VALUES (203) RETURNING tenant_id = :'acme' AS mine;
ROLLBACK;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA table_partition CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'table_partition.%';
DROP ROLE regress_table_partition_owner, regress_table_partition_app;
