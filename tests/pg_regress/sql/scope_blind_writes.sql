-- UPDATE and DELETE without WHERE and RETURNING need no privilege to read, and Postgres asks only the policies of that
-- command: these keep to tenant and floor by themselves.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.doc (tenant_id uuid, id int, scope tenancy.scope, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO world.doc VALUES (:'acme', 1, '{}', 'whole'), (:'acme', 2, '{"team": "x"}', 'x'), (:'acme', 3, '{"team": "y"}', 'y'), (:'globex', 1, '{"team": "x"}', 'globex');
ALTER TABLE world.doc OWNER TO regress_world_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON world.doc TO regress_world_app;
SELECT tenancy.protect('world.doc', scope_column => 'scope', shared => true);
SELECT secret AS floored FROM tenancy.create_key('acme', 'floored', '{write}', '{"team": "x"}') \gset
SELECT secret AS writer FROM tenancy.create_key('acme', 'writer', '{write}') \gset
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'floored') = :'acme' AS bound;
UPDATE doc SET body = 'blind';
DELETE FROM doc;
COMMIT;
BEGIN;
SELECT tenancy.bind(:'writer') = :'acme' AS bound;
UPDATE note SET body = 'blind';
DELETE FROM note;
COMMIT;
\c - :SUPERUSER
SELECT id, scope, body FROM world.doc ORDER BY tenant_id, id;
SELECT count(*) AS of_globex FROM world.note;
\i :suites/../fixtures/clear.sql
