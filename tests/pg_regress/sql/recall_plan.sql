-- recall_plan says what recall runs and why, whatever is bound, and nothing of what the table holds.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.chunk (tenant_id uuid NOT NULL, scope tenancy.scope NOT NULL, id int, lang text, meta jsonb, "Big" halfvec(3), embedding vector(3), words tsvector, PRIMARY KEY (tenant_id, id));
ALTER TABLE world.chunk OWNER TO regress_world_owner;
GRANT SELECT ON world.chunk TO regress_world_app;
SELECT tenancy.protect('world.chunk', scope_column => 'scope');
CREATE TABLE world.before AS SELECT detail FROM tenancy.recall_plan(NULL::world.chunk, '[1,0,0]', vector_column => 'embedding', text_query => 'x');
GRANT SELECT ON world.before TO regress_world_app;
INSERT INTO world.chunk SELECT :'globex', '{}', n, 'en', '{}', '[1,0,0]', '[1,0,0]' FROM generate_series(1, 1000) n;
ANALYZE world.chunk;
SELECT step, detail FROM tenancy.recall_plan(NULL::world.chunk, '[1,0,0]', vector_column => 'embedding') WHERE step = 'tenant';
\c - regress_world_app
SET default_text_search_config = 'english';
\pset format unaligned
SELECT * FROM tenancy.recall_plan(NULL::chunk, '[1,0,0]', 3, vector_column => 'Big');
SELECT * FROM tenancy.recall_plan(NULL::chunk, '[1,0,0]', 7, '{"team": "x"}', '{"lang": null, "meta": {"secret": "s"}, "id": 7}', 'words', 'embedding');
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT count(*) FROM tenancy.recall_plan(NULL::chunk, '[1,0,0]', vector_column => 'embedding', text_query => 'y') p WHERE step NOT IN ('tenant', 'text') AND detail NOT IN (TABLE world.before);
COMMIT;
-- The statement that it shows is the one that runs.
SELECT detail AS sql FROM tenancy.recall_plan(NULL::chunk, '[1,0,0]', 3, vector_column => 'embedding', filter => '{"lang": "en"}') WHERE step = 'sql' \gset
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT count(*) FROM (:sql) s \bind '[1,0,0]' en \g
COMMIT;
\i :suites/../fixtures/clear.sql
