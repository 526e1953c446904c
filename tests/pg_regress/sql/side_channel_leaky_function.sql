-- A function that tells what it is given, at a cost so low that the planner would call it first.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_side_channel_leaky_function_owner, regress_side_channel_leaky_function_app;
CREATE ROLE regress_side_channel_leaky_function_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_side_channel_leaky_function_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA side_channel_leaky_function AUTHORIZATION regress_side_channel_leaky_function_owner;
GRANT USAGE ON SCHEMA side_channel_leaky_function TO regress_side_channel_leaky_function_app;
SELECT tenancy.create_tenant('side_channel_leaky_function.acme') AS acme, tenancy.create_tenant('side_channel_leaky_function.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('side_channel_leaky_function.acme', 'test') \gset
SET ROLE regress_side_channel_leaky_function_owner;
CREATE TABLE side_channel_leaky_function.doc (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO side_channel_leaky_function.doc VALUES
    (:'acme', 1, 'acme 1'), (:'acme', 2, 'acme 2'),
    (:'globex', 1, 'globex 1'), (:'globex', 2, 'globex 2'), (:'globex', 3, 'globex 3');
SELECT tenancy.protect('side_channel_leaky_function.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON side_channel_leaky_function.doc TO regress_side_channel_leaky_function_app;
RESET ROLE;
-- The control: row security as one writes it by hand.
CREATE TABLE side_channel_leaky_function.hand (tenant_id uuid NOT NULL, id int, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO side_channel_leaky_function.hand TABLE side_channel_leaky_function.doc;
ALTER TABLE side_channel_leaky_function.hand ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON side_channel_leaky_function.hand USING (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON side_channel_leaky_function.hand TO regress_side_channel_leaky_function_app;
CREATE FUNCTION side_channel_leaky_function.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS
    $$ BEGIN RAISE NOTICE 'seen: %', $1; RETURN true; END $$;
CREATE FUNCTION side_channel_leaky_function.leak_int(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 0.0000001 AS
    $$ BEGIN RAISE NOTICE 'seen: %', $1; RETURN true; END $$;
CREATE FUNCTION side_channel_leaky_function.same(text, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0000001 AS
    $$ BEGIN RAISE NOTICE 'seen: %, %', $1, $2; RETURN $1 OPERATOR(pg_catalog.=) $2; END $$;
CREATE OPERATOR side_channel_leaky_function.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = side_channel_leaky_function.same, RESTRICT = eqsel, JOIN = eqjoinsel);
ANALYZE side_channel_leaky_function.doc, side_channel_leaky_function.hand;
-- The control: a view that filters by itself, without a barrier.
CREATE VIEW side_channel_leaky_function.hand_view AS SELECT * FROM side_channel_leaky_function.hand WHERE tenant_id = current_setting('app.tenant')::uuid;
GRANT SELECT ON side_channel_leaky_function.hand_view TO regress_side_channel_leaky_function_app;
\c - regress_side_channel_leaky_function_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT set_config('app.tenant', :'acme', true) = :'acme' AS hand;
SELECT count(*) FROM side_channel_leaky_function.hand_view WHERE side_channel_leaky_function.leak(body);
-- Protected: it sees what its tenant sees.
SELECT count(*) FROM side_channel_leaky_function.doc WHERE side_channel_leaky_function.leak(body);
SELECT count(*) FROM side_channel_leaky_function.doc WHERE side_channel_leaky_function.leak_int(id) AND tenant_id = :'globex';
SELECT count(*) FROM side_channel_leaky_function.doc WHERE tenant_id = :'globex' AND side_channel_leaky_function.leak(body);
SELECT count(*) FROM side_channel_leaky_function.doc WHERE body OPERATOR(side_channel_leaky_function.===) 'x' OR side_channel_leaky_function.leak(body);
SELECT side_channel_leaky_function.leak(body) FROM side_channel_leaky_function.doc WHERE id = 1;
SELECT count(*) FROM side_channel_leaky_function.doc d JOIN (VALUES ('globex 1'), ('acme 1')) v (body) ON d.body OPERATOR(side_channel_leaky_function.===) v.body;
SELECT count(e.id) FROM side_channel_leaky_function.doc d LEFT JOIN side_channel_leaky_function.doc e ON side_channel_leaky_function.leak(e.body) AND d.id = e.id;
SELECT count(*) FROM side_channel_leaky_function.doc WHERE id IN (SELECT id FROM side_channel_leaky_function.doc WHERE side_channel_leaky_function.leak(body));
SELECT count(*) FROM (SELECT DISTINCT ON (id) * FROM side_channel_leaky_function.doc OFFSET 0) d WHERE side_channel_leaky_function.leak(body);
SELECT count(*) FILTER (WHERE side_channel_leaky_function.leak(body)) FROM side_channel_leaky_function.doc;
SELECT id FROM side_channel_leaky_function.doc GROUP BY id HAVING side_channel_leaky_function.leak(max(body)) ORDER BY id;
UPDATE side_channel_leaky_function.doc SET body = body WHERE side_channel_leaky_function.leak(body);
DELETE FROM side_channel_leaky_function.doc WHERE side_channel_leaky_function.leak(body) AND tenant_id = :'globex';
UPDATE side_channel_leaky_function.doc SET body = 'x' WHERE tenant_id = :'globex' RETURNING side_channel_leaky_function.leak(body);
MERGE INTO side_channel_leaky_function.doc d USING (VALUES (3)) v (id) ON d.id = v.id AND side_channel_leaky_function.leak(d.body) WHEN MATCHED THEN DELETE;
SELECT body FROM side_channel_leaky_function.doc ORDER BY side_channel_leaky_function.leak(body), body FOR UPDATE;
-- Errors tell as much as notices do: division, casts.
SELECT id FROM side_channel_leaky_function.doc WHERE 1 / (id - 3) IS NOT NULL ORDER BY id;
SELECT id FROM side_channel_leaky_function.doc WHERE body::date IS NULL AND tenant_id = :'globex';
SELECT id FROM side_channel_leaky_function.doc WHERE tenant_id = :'globex' AND substr(body, 8)::int / (id - 3) > 0;
-- With every way of scanning.
SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off;
SELECT count(*) FROM side_channel_leaky_function.doc WHERE side_channel_leaky_function.leak_int(id) AND id = 3;
SET LOCAL enable_bitmapscan = off; SET LOCAL enable_indexscan = on;
SELECT count(*) FROM side_channel_leaky_function.doc WHERE side_channel_leaky_function.leak_int(id) AND id = 3;
SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = off; SET LOCAL enable_tidscan = off;
SELECT count(*) FROM side_channel_leaky_function.doc WHERE side_channel_leaky_function.leak_int(id) AND ctid IS NOT NULL;
ROLLBACK;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA side_channel_leaky_function CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'side_channel_leaky_function.%';
DROP ROLE regress_side_channel_leaky_function_owner, regress_side_channel_leaky_function_app;
