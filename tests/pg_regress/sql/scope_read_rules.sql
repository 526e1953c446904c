-- Which rows a floor reads: those whose scope has every pair of it. Ancestors, siblings and other tenants are hidden, from
-- every way of reading.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.doc (tenant_id uuid NOT NULL, scope tenancy.scope NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO world.doc SELECT tenant::uuid, scope::jsonb, id, scope
FROM unnest(ARRAY[:'acme', :'globex']) tenant, unnest(ARRAY['{}', '{"org": "a"}', '{"org": "a", "team": "x"}',
    '{"org": "a", "team": "x", "user": "u"}', '{"org": "a", "team": "y"}', '{"team": "x"}', '{"org": "b", "team": "x"}'])
     WITH ORDINALITY s (scope, id);
CREATE INDEX doc_body ON world.doc (tenant_id, body);
ALTER TABLE world.doc OWNER TO regress_world_owner;
GRANT SELECT ON world.doc TO regress_world_app;
SELECT tenancy.protect('world.doc', scope_column => 'scope');
CREATE TABLE world.floor AS SELECT n, scope, k.secret FROM unnest(ARRAY['{}', '{"org": "a"}', '{"org": "a", "team": "x"}', '{"team": "x"}',
    '{"org": "a", "team": "x", "user": "u"}', '{"org": "c"}', '{"other": "x"}']) WITH ORDINALITY f (scope, n),
    LATERAL tenancy.create_key('acme', 'floor ' || n, scope_floor => scope::jsonb) k;
GRANT SELECT ON world.floor TO regress_world_app;
SELECT secret AS key FROM world.floor WHERE scope = '{"org": "a", "team": "x"}' \gset
\c - regress_world_app
DO $$
DECLARE
    floor record;
    ids int[];
BEGIN
    FOR floor IN SELECT * FROM world.floor ORDER BY n LOOP
        PERFORM tenancy.bind(floor.secret);
        SELECT array_agg(id ORDER BY id) INTO ids FROM doc;
        RAISE INFO '% reads %', floor.scope, ids;
        COMMIT;
    END LOOP;
END $$;

-- By every way of reading, and with conditions on the scope itself.
BEGIN;
SELECT tenancy.bind(:'key') = :'acme' AS bound;
SELECT id, scope FROM doc ORDER BY id;
SELECT count(*), min(body), max(body) FROM doc;
SELECT id FROM doc WHERE scope = '{}' OR scope @> '{"team": "y"}' OR NOT scope ? 'team' OR id IN (1, 2, 5, 6, 7);
SELECT id FROM doc WHERE tenant_id = :'acme' AND id = 1 OR tenant_id = :'globex';
SET LOCAL enable_seqscan = off;
SELECT id FROM doc WHERE body >= '' ORDER BY body;
SET LOCAL enable_indexscan = off;
SELECT id FROM doc WHERE body >= '' ORDER BY id;
RESET enable_seqscan;
RESET enable_indexscan;
SELECT a.id, b.id FROM doc a LEFT JOIN doc b ON b.id = a.id + 1 OR b.id = 2 ORDER BY 1, 2;
WITH RECURSIVE up (id) AS (SELECT id FROM doc WHERE id = 4 UNION SELECT d.id FROM up JOIN doc d ON d.id = up.id - 1) SELECT * FROM up;
SELECT ctid FROM doc WHERE ctid = '(0,1)' OR ctid = '(0,8)';
SELECT id FROM doc TABLESAMPLE SYSTEM (100) ORDER BY id;
COPY (SELECT id FROM doc ORDER BY id) TO STDOUT;
COMMIT;
\i :suites/../fixtures/clear.sql
