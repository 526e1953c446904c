-- A managed schema, partitions made and attached later, and grants: what is new is under the same policies, and grants reach it
-- through the table they were made on only.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE SCHEMA managed AUTHORIZATION regress_world_owner;
GRANT USAGE ON SCHEMA managed TO regress_world_app;
SELECT tenancy.manage_schema('managed');
SET client_min_messages = warning;
CREATE TABLE managed.event (tenant_id uuid NOT NULL, day int NOT NULL, what text) PARTITION BY RANGE (day);
ALTER TABLE managed.event OWNER TO regress_world_owner;
CREATE TABLE managed.event_1 PARTITION OF managed.event FOR VALUES FROM (0) TO (10);
INSERT INTO managed.event VALUES (:'acme', 1, 'acme 1'), (:'globex', 1, 'globex 1');
SELECT tenancy.grant_read('globex', 'acme', 'managed.event') AS grant_id \gset
-- Later: one that is created, one that is attached with rows, one that brings its own partitions.
CREATE TABLE managed.event_2 PARTITION OF managed.event FOR VALUES FROM (10) TO (20);
CREATE TABLE managed.event_3 (tenant_id uuid NOT NULL, day int NOT NULL, what text);
INSERT INTO managed.event_3 VALUES (:'acme', 21, 'acme 21'), (:'globex', 21, 'globex 21');
SELECT p.root FROM tenancy.protected_relation p WHERE p.relation = 'managed.event_3'::regclass;
ALTER TABLE managed.event ATTACH PARTITION managed.event_3 FOR VALUES FROM (20) TO (30);
SELECT tenancy.unprotect('managed.event_3');
CREATE TABLE managed.bare (id int) ;
CREATE TABLE world.bare (tenant_id uuid NOT NULL, day int NOT NULL, what text) PARTITION BY LIST (what);
CREATE TABLE world.bare_a PARTITION OF world.bare FOR VALUES IN ('a');
INSERT INTO world.bare VALUES (:'globex', 31, 'a'), (:'acme', 31, 'a');
ALTER TABLE managed.event ATTACH PARTITION world.bare FOR VALUES FROM (30) TO (40);
SELECT p.relation, p.root, c.relrowsecurity AND c.relforcerowsecurity AS forced, p.granted,
       (SELECT count(*) FROM pg_policy o WHERE o.polrelid = c.oid) AS policies
FROM tenancy.protected_relation p JOIN pg_class c ON c.oid = p.relation WHERE p.root = 'managed.event'::regclass ORDER BY p.relation::text;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA managed, world TO regress_world_app;
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tableoid::regclass, array_agg(what ORDER BY what) FROM managed.event GROUP BY 1 ORDER BY 1::text;
-- By their own names, one's own.
SELECT array_agg(what ORDER BY what) FROM managed.event_1;
SELECT array_agg(what ORDER BY what) FROM managed.event_3;
SELECT array_agg(tenant_id = :'acme') FROM world.bare_a;
UPDATE managed.event SET what = 'taken' WHERE what LIKE 'globex%' RETURNING what;
DELETE FROM world.bare_a WHERE tenant_id = :'globex' RETURNING what;
\! $ADMIN -c "SELECT count(*) FROM (SELECT tenancy.revoke_read(grant_id) FROM tenancy.read_grant WHERE revoked_at IS NULL) r"
SELECT array_agg(what ORDER BY what) FROM managed.event;
ROLLBACK;
\c - :SUPERUSER
SET client_min_messages = warning;
-- Detached, it stays what it was: closed.
ALTER TABLE managed.event DETACH PARTITION managed.event_1;
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT array_agg(what ORDER BY what) FROM managed.event_1;
ROLLBACK;
SELECT count(*) FROM managed.event_1;
\c - :SUPERUSER
SET client_min_messages = warning;
DROP TABLE world.bare CASCADE;
SELECT tenancy.unmanage_schema('managed');
DROP SCHEMA managed CASCADE;
\i :suites/../fixtures/clear.sql
