-- Attack 47: a table without scopes holds what is tenant-wide, so a credential with a floor neither reads nor writes it, and
-- hears so. Where such a table is shared it is read, and still not written.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.price (tenant_id text NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO world.price VALUES ('acme', 1, 'acme'), ('globex', 1, 'globex'), ('shared', 1, 'shared');
CREATE TABLE world.by_number (tenant_id bigint NOT NULL, id int, PRIMARY KEY (tenant_id, id));
INSERT INTO world.by_number VALUES (900001, 1), (900002, 1);
CREATE TABLE world.empty (tenant_id uuid NOT NULL, id int, PRIMARY KEY (tenant_id, id));
ALTER TABLE world.price OWNER TO regress_world_owner;
ALTER TABLE world.by_number OWNER TO regress_world_owner;
ALTER TABLE world.empty OWNER TO regress_world_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA world TO regress_world_app;
SELECT tenancy.protect('world.price', shared => true);
SELECT tenancy.protect('world.by_number');
SELECT tenancy.protect('world.empty');
SELECT secret AS key FROM tenancy.create_key('acme', 'x', scope_floor => '{"team": "x"}') \gset
\c - regress_world_app
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT tenancy.bind(:'key') = :'acme' AS bound;
SELECT count(*) FROM note;
\set VERBOSITY terse
SELECT body FROM note WHERE id = 1;
SELECT EXISTS (SELECT FROM note);
SELECT count(*) FROM by_number;
SELECT count(*) FROM empty;
COPY note TO STDOUT;
INSERT INTO note (id) VALUES (9);
INSERT INTO note (id) VALUES (1) ON CONFLICT DO NOTHING;
INSERT INTO note (id) VALUES (1) ON CONFLICT (tenant_id, id) DO UPDATE SET body = '';
INSERT INTO by_number (id) VALUES (9);
INSERT INTO empty (id) VALUES (9);
UPDATE note SET body = '';
UPDATE empty SET id = 1;
DELETE FROM note;
DELETE FROM by_number;
MERGE INTO note n USING (VALUES (1)) v (id) ON n.id = v.id WHEN MATCHED THEN DELETE;
MERGE INTO note n USING (VALUES (9)) v (id) ON false WHEN NOT MATCHED THEN INSERT (id) VALUES (9);
SELECT id FROM note FOR UPDATE;
-- Shared: what is tenant-wide is there for every floor, to read.
SELECT * FROM price ORDER BY tenant_id;
INSERT INTO price (id) VALUES (9);
UPDATE price SET body = '';
DELETE FROM price;
SELECT tenancy.readable_tenants_as('world.price', NULL::text);
SELECT tenancy.whole_tenant('read');
SELECT tenancy.whole_tenant_as(1, 'write');
COMMIT;
-- A floor that comes from the context, and from a token.
BEGIN;
SELECT tenancy.bind(:'acme_key', '{"scope": {"team": "x"}}') = :'acme' AS bound;
SELECT count(*) FROM note;
COMMIT;
BEGIN;
SELECT tenancy.bind(:'token_acme_rich') = :'acme' AS bound;
SELECT count(*) FROM note;
COMMIT;
-- Without one.
BEGIN;
SELECT tenancy.bind(:'acme_key', '{"scope": {}}') = :'acme' AS bound;
SELECT (SELECT count(*) FROM note) AS note, (SELECT count(*) FROM by_number) AS by_number, (SELECT count(*) FROM empty) AS empty;
UPDATE price SET body = 'new' RETURNING *;
COMMIT;
\i :suites/../fixtures/clear.sql
