-- A table of tenants of one's own, to which tenant columns refer: who may change it could give himself another's rows, where
-- changes cascade, or remove them. It is protected by its key, after those that refer to it.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.company (id uuid PRIMARY KEY, name text);
INSERT INTO world.company VALUES (:'acme', 'acme'), (:'globex', 'globex');
CREATE TABLE world.contract (tenant_id uuid NOT NULL REFERENCES world.company ON UPDATE CASCADE ON DELETE CASCADE, id int, PRIMARY KEY (tenant_id, id));
INSERT INTO world.contract VALUES (:'acme', 1), (:'globex', 2);
ALTER TABLE world.company OWNER TO regress_world_owner;
ALTER TABLE world.contract OWNER TO regress_world_owner;
GRANT SELECT, UPDATE, DELETE ON world.company, world.contract TO regress_world_app;
SELECT tenancy.protect('world.contract');
-- As it says.
REVOKE UPDATE, DELETE ON world.company FROM regress_world_app;
SELECT tenancy.protect('world.contract');
GRANT UPDATE (id) ON world.company TO regress_world_app;
GRANT DELETE ON world.company TO PUBLIC;
SELECT tenancy.protect('world.company', 'id');
GRANT UPDATE, DELETE ON world.company TO regress_world_app;
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') \g /dev/null
SELECT name FROM world.company;
UPDATE world.company SET id = :'acme' WHERE name = 'globex';
DELETE FROM world.company WHERE name = 'globex';
SELECT id FROM world.contract;
UPDATE world.company SET id = :'globex';
ROLLBACK;
\c - :SUPERUSER
SELECT id FROM world.contract ORDER BY id;
\i :suites/../fixtures/clear.sql
