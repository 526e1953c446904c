-- EXPLAIN prints how many rows other tenants have: estimated (most common values), and counted (Rows Removed by Filter).
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_side_channel_explain_owner, regress_side_channel_explain_app;
CREATE ROLE regress_side_channel_explain_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_side_channel_explain_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA side_channel_explain AUTHORIZATION regress_side_channel_explain_owner;
GRANT USAGE ON SCHEMA side_channel_explain TO regress_side_channel_explain_app;
SELECT tenancy.create_tenant('side_channel_explain.acme') AS acme, tenancy.create_tenant('side_channel_explain.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('side_channel_explain.acme', 'test') \gset
SET ROLE regress_side_channel_explain_owner;
CREATE TABLE side_channel_explain.doc (tenant_id uuid NOT NULL, id int, body text);
CREATE INDEX ON side_channel_explain.doc (tenant_id);
INSERT INTO side_channel_explain.doc SELECT :'globex', n, 'globex ' || n % 7 FROM generate_series(1, 500) n;
INSERT INTO side_channel_explain.doc SELECT :'acme', n, 'acme ' || n FROM generate_series(1, 5) n;
SELECT tenancy.protect('side_channel_explain.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON side_channel_explain.doc TO regress_side_channel_explain_app;
RESET ROLE;
ANALYZE side_channel_explain.doc;
CREATE TABLE side_channel_explain.hand AS TABLE side_channel_explain.doc;
ALTER TABLE side_channel_explain.hand ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON side_channel_explain.hand USING (tenant_id = current_setting('app.tenant')::uuid);
-- The control: estimated and counted, as hand-written row security shows it to a role that is not confined.
CREATE FUNCTION side_channel_explain.explained(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
        IF line ~ 'Removed' THEN RETURN NEXT trim(line); END IF;
    END LOOP;
END $$;
DROP ROLE IF EXISTS regress_side_channel_explain_plain;
CREATE ROLE regress_side_channel_explain_plain LOGIN;
GRANT USAGE ON SCHEMA side_channel_explain TO regress_side_channel_explain_plain;
GRANT SELECT ON side_channel_explain.hand TO regress_side_channel_explain_plain;
\c - regress_side_channel_explain_plain
BEGIN;
SELECT set_config('app.tenant', :'acme', true) = :'acme' AS hand;
SELECT * FROM side_channel_explain.explained('SELECT * FROM side_channel_explain.hand');
ROLLBACK;
-- In a tenant's session there is none, in whatever disguise: bound, and before anything is bound.
\c - regress_side_channel_explain_app
EXPLAIN SELECT * FROM side_channel_explain.doc;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
EXPLAIN SELECT * FROM side_channel_explain.doc;
EXPLAIN ANALYZE SELECT * FROM side_channel_explain.doc;
EXPLAIN (FORMAT json, COSTS off) SELECT * FROM side_channel_explain.doc;
EXPLAIN (GENERIC_PLAN) SELECT * FROM side_channel_explain.doc WHERE tenant_id = $1;
EXPLAIN INSERT INTO side_channel_explain.doc SELECT * FROM side_channel_explain.doc;
EXPLAIN CREATE TABLE copy AS SELECT * FROM side_channel_explain.doc;
EXPLAIN DECLARE c CURSOR FOR SELECT * FROM side_channel_explain.doc;
PREPARE p AS SELECT * FROM side_channel_explain.doc;
EXPLAIN EXECUTE p;
SELECT * FROM side_channel_explain.explained('SELECT * FROM side_channel_explain.doc');
DO $$ DECLARE r record; BEGIN FOR r IN EXPLAIN SELECT * FROM side_channel_explain.doc LOOP RAISE NOTICE '%', r; END LOOP; END $$;
DO $$ DECLARE r text; BEGIN EXECUTE 'EXPLAIN (FORMAT xml) SELECT * FROM side_channel_explain.doc' INTO r; RAISE NOTICE '%', r; END $$;
DO $$ DECLARE c refcursor; r text; BEGIN OPEN c FOR EXECUTE 'EXPLAIN SELECT * FROM side_channel_explain.doc'; FETCH c INTO r; RAISE NOTICE '%', r; END $$;
DO $$ BEGIN EXECUTE 'EXPLAIN SELECT * FROM side_channel_explain.doc'; EXCEPTION WHEN OTHERS THEN RAISE NOTICE '%', SQLERRM; END $$;
SELECT count(*) FROM side_channel_explain.doc;
ROLLBACK;
\c - :admin
SET client_min_messages = warning;
REVOKE ALL ON ALL TABLES IN SCHEMA side_channel_explain FROM regress_side_channel_explain_plain;
REVOKE ALL ON SCHEMA side_channel_explain FROM regress_side_channel_explain_plain;
DROP ROLE regress_side_channel_explain_plain;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA side_channel_explain CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'side_channel_explain.%';
DROP ROLE regress_side_channel_explain_owner, regress_side_channel_explain_app;
