-- Attack 13 one level down: a foreign key that cascades would delete rows outside of the deleter's scope. It must pair the
-- scope columns.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.doc (tenant_id uuid, id int, scope tenancy.scope, PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, id, scope));
CREATE TABLE world.chunk (tenant_id uuid, id int, doc_id int, scope tenancy.scope, PRIMARY KEY (tenant_id, id),
                          FOREIGN KEY (tenant_id, doc_id) REFERENCES world.doc ON DELETE CASCADE);
CREATE TABLE world.plain (tenant_id uuid, id int, doc_id int, PRIMARY KEY (tenant_id, id),
                          FOREIGN KEY (tenant_id, doc_id) REFERENCES world.doc ON UPDATE CASCADE);
ALTER TABLE world.doc OWNER TO regress_world_owner;
ALTER TABLE world.chunk OWNER TO regress_world_owner;
ALTER TABLE world.plain OWNER TO regress_world_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON world.doc, world.chunk, world.plain TO regress_world_app;
SELECT tenancy.protect('world.chunk', scope_column => 'scope');
SELECT tenancy.protect('world.plain');
SELECT tenancy.protect('world.doc', scope_column => 'scope');
-- What the hint says lets it be protected, without the cascade.
ALTER TABLE world.plain DROP CONSTRAINT IF EXISTS plain_tenant_id_doc_id_fkey, ADD CONSTRAINT plain_tenant_id_doc_id_fkey FOREIGN KEY (tenant_id, doc_id) REFERENCES world.doc (tenant_id, id);
ALTER TABLE world.chunk DROP CONSTRAINT chunk_tenant_id_doc_id_fkey;
SELECT tenancy.protect('world.doc', scope_column => 'scope');
-- The guard keeps it so.
ALTER TABLE world.chunk ADD FOREIGN KEY (tenant_id, doc_id) REFERENCES world.doc ON DELETE CASCADE;
ALTER TABLE world.plain ADD FOREIGN KEY (tenant_id, doc_id) REFERENCES world.doc ON DELETE SET NULL;
-- With the scope in the key, a row and its parent are always of one scope.
ALTER TABLE world.chunk ADD FOREIGN KEY (tenant_id, doc_id, scope) REFERENCES world.doc (tenant_id, id, scope) ON DELETE CASCADE;
SELECT secret AS floored FROM tenancy.create_key('acme', 'floored', scope_floor => '{"team": "x"}') \gset
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
INSERT INTO doc (id, scope) VALUES (1, '{"team": "x"}'), (2, '{"team": "y"}');
INSERT INTO chunk (id, doc_id, scope) VALUES (1, 1, '{"team": "x"}'), (2, 2, '{"team": "y"}');
INSERT INTO chunk (id, doc_id, scope) VALUES (3, 1, '{"team": "y"}');
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
INSERT INTO doc (id, scope) VALUES (1, '{"team": "x"}'), (2, '{"team": "y"}');
INSERT INTO chunk (id, doc_id, scope) VALUES (1, 1, '{"team": "x"}'), (2, 2, '{"team": "y"}');
COMMIT;
BEGIN;
SELECT tenancy.bind(:'floored') = :'acme' AS bound;
DELETE FROM doc RETURNING id;
COMMIT;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT id, doc_id FROM chunk;
COMMIT;
\i :suites/../fixtures/clear.sql
