-- Scopes hold in each partition and child that is named directly, in one that is detached, and in one attached later. Shared
-- rows are read through the protected table only.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
SET client_min_messages = warning;
GRANT tenancy_admin TO regress_world_owner;
SET ROLE regress_world_owner;
CREATE TABLE world.doc (tenant_id uuid NOT NULL, scope tenancy.scope NOT NULL, id int, PRIMARY KEY (tenant_id, id)) PARTITION BY RANGE (id);
CREATE TABLE world.doc_1 PARTITION OF world.doc FOR VALUES FROM (1) TO (10);
CREATE TABLE world.doc_2 PARTITION OF world.doc FOR VALUES FROM (10) TO (20);
INSERT INTO world.doc SELECT tenant::uuid, scope::jsonb, id + more
FROM unnest(ARRAY[:'acme', :'globex']) tenant, unnest(ARRAY['{}', '{"team": "x"}', '{"team": "y"}']) WITH ORDINALITY s (scope, id), unnest(ARRAY[0, 10]) more;
CREATE TABLE world.common (LIKE world.doc) PARTITION BY RANGE (id);
CREATE TABLE world.common_1 PARTITION OF world.common FOR VALUES FROM (1) TO (10);
INSERT INTO world.common VALUES (:'acme', '{"team": "x"}', 1), ('00000000-0000-0000-0000-000000000000', '{}', 2), (:'globex', '{}', 3);
CREATE TABLE world.parent (LIKE world.doc);
CREATE TABLE world.child () INHERITS (world.parent);
INSERT INTO world.child SELECT * FROM world.doc_1;
SELECT tenancy.protect('world.doc', scope_column => 'scope');
SELECT tenancy.protect('world.common', scope_column => 'scope', shared => true);
SELECT tenancy.protect('world.parent', scope_column => 'scope');
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA world TO regress_world_app;
RESET ROLE;
SELECT secret AS key FROM tenancy.create_key('acme', 'x', scope_floor => '{"team": "x"}') \gset
\set ask 'SELECT world.attempt(\'SELECT array_agg(id ORDER BY id) FROM world.doc\') AS doc, world.attempt(\'SELECT array_agg(id ORDER BY id) FROM world.doc_1\') AS doc_1, world.attempt(\'SELECT array_agg(id ORDER BY id) FROM world.doc_2\') AS doc_2;'
\c - regress_world_app
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT tenancy.bind(:'key') = :'acme' AS bound;
:ask
SELECT array_agg(id ORDER BY id) AS common FROM common;
SELECT array_agg(id ORDER BY id) AS common_1 FROM common_1;
SELECT array_agg(id ORDER BY id) AS parent FROM parent;
SELECT array_agg(id ORDER BY id) AS child FROM child;
INSERT INTO doc_1 (id, scope) VALUES (9, '{}');
INSERT INTO child (id, scope) VALUES (9, '{}');
UPDATE doc_1 SET scope = '{"team": "y"}';
UPDATE doc SET id = id + 10, scope = '{}' WHERE id = 2;
UPDATE child SET scope = '{}';
DELETE FROM doc_2 WHERE id <> 12;
INSERT INTO doc_1 (id) VALUES (9) RETURNING id, scope;
ROLLBACK;

-- Detached, a partition is a protected table of its own, with the same rules.
\c - :SUPERUSER
SET ROLE regress_world_owner;
ALTER TABLE world.doc DETACH PARTITION world.doc_2;
SELECT relation, tenant_column, scope_column, shared FROM tenancy.protected_table WHERE relation::text LIKE 'world.doc%' ORDER BY 1;
DROP POLICY tenancy_select_scope ON world.doc_2;
ALTER TABLE world.common DETACH PARTITION world.common_1;
SELECT relation, tenant_column, scope_column, shared FROM tenancy.protected_table WHERE relation::text LIKE 'world.common%' ORDER BY 1;
ALTER TABLE world.child NO INHERIT world.parent;
SELECT relation, tenant_column, scope_column, shared FROM tenancy.protected_table WHERE relation::text = 'world.child';
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'key') = :'acme' AS bound;
:ask
SELECT array_agg(id ORDER BY id) AS common_1 FROM common_1;
SELECT array_agg(id ORDER BY id) AS child FROM child;
UPDATE doc_2 SET scope = '{}';
ROLLBACK;
-- Attached again, and others that are new.
\c - :SUPERUSER
SET ROLE regress_world_owner;
ALTER TABLE world.doc ATTACH PARTITION world.doc_2 FOR VALUES FROM (10) TO (20);
CREATE TABLE world.doc_3 PARTITION OF world.doc FOR VALUES FROM (20) TO (30);
CREATE TABLE world.doc_4 (LIKE world.doc INCLUDING ALL);
ALTER TABLE world.doc_4 ALTER scope DROP DEFAULT;
ALTER TABLE world.doc ATTACH PARTITION world.doc_4 FOR VALUES FROM (30) TO (40);
SELECT relation, scope_column, shared FROM tenancy.protected_relation WHERE root = 'world.doc'::regclass ORDER BY 1;
SELECT polrelid::regclass AS relation, count(*) AS policies FROM pg_policy WHERE polrelid::regclass::text LIKE 'world.doc%' GROUP BY polrelid ORDER BY 1;
GRANT SELECT, INSERT ON world.doc_3, world.doc_4 TO regress_world_app;
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'key') = :'acme' AS bound;
:ask
INSERT INTO doc (id) VALUES (21), (31) RETURNING id, scope;
INSERT INTO doc_3 (id, scope) VALUES (22, '{}');
ROLLBACK;
\i :suites/../fixtures/clear.sql
