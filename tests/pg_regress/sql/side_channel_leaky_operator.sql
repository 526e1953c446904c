-- While it estimates, the planner hands the most common values, of all tenants, to an operator that is not LEAKPROOF.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_side_channel_leaky_operator_owner, regress_side_channel_leaky_operator_app;
CREATE ROLE regress_side_channel_leaky_operator_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_side_channel_leaky_operator_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA side_channel_leaky_operator AUTHORIZATION regress_side_channel_leaky_operator_owner;
GRANT USAGE ON SCHEMA side_channel_leaky_operator TO regress_side_channel_leaky_operator_app;
SELECT tenancy.create_tenant('side_channel_leaky_operator.acme') AS acme, tenancy.create_tenant('side_channel_leaky_operator.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('side_channel_leaky_operator.acme', 'test') \gset
SET ROLE regress_side_channel_leaky_operator_owner;
CREATE TABLE side_channel_leaky_operator.doc (tenant_id uuid NOT NULL, id int, body text);
CREATE INDEX ON side_channel_leaky_operator.doc (tenant_id);
CREATE TABLE side_channel_leaky_operator.child () INHERITS (side_channel_leaky_operator.doc);
CREATE INDEX ON side_channel_leaky_operator.child (tenant_id);
INSERT INTO side_channel_leaky_operator.doc SELECT :'globex', n, 'globex ' || n % 3 FROM generate_series(1, 300) n;
INSERT INTO side_channel_leaky_operator.child SELECT :'globex', n, 'globex child ' || n % 3 FROM generate_series(1, 300) n;
INSERT INTO side_channel_leaky_operator.doc SELECT :'acme', n, 'acme' FROM generate_series(1, 3) n;
SELECT tenancy.protect('side_channel_leaky_operator.doc');
GRANT SELECT, INSERT, UPDATE, DELETE ON side_channel_leaky_operator.doc, side_channel_leaky_operator.child TO regress_side_channel_leaky_operator_app;
RESET ROLE;
ANALYZE side_channel_leaky_operator.doc; ANALYZE side_channel_leaky_operator.child;
CREATE STATISTICS side_channel_leaky_operator.both (mcv) ON body, id FROM side_channel_leaky_operator.doc;
ANALYZE side_channel_leaky_operator.doc;
CREATE TABLE side_channel_leaky_operator.hand AS SELECT * FROM side_channel_leaky_operator.doc;
ANALYZE side_channel_leaky_operator.hand;
GRANT SELECT ON side_channel_leaky_operator.hand TO regress_side_channel_leaky_operator_app;
-- Each call is told once a value.
CREATE FUNCTION side_channel_leaky_operator.less(text, text) RETURNS boolean LANGUAGE plpgsql AS
    $$ BEGIN IF $1 LIKE 'globex%' THEN RAISE NOTICE 'seen: %', $1; END IF; RETURN $1 OPERATOR(pg_catalog.<) $2; END $$;
CREATE OPERATOR side_channel_leaky_operator.<< (LEFTARG = text, RIGHTARG = text, FUNCTION = side_channel_leaky_operator.less, RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR side_channel_leaky_operator.~~~ (LEFTARG = text, RIGHTARG = text, FUNCTION = side_channel_leaky_operator.less, RESTRICT = eqsel, JOIN = eqjoinsel);
\c - regress_side_channel_leaky_operator_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
-- The control: a table without row security, of which no row satisfies id < 0.
SELECT count(*) FROM side_channel_leaky_operator.hand WHERE body OPERATOR(side_channel_leaky_operator.<<) 'a' AND id < 0;
-- Protected.
SELECT count(*) FROM side_channel_leaky_operator.doc WHERE body OPERATOR(side_channel_leaky_operator.<<) 'a' AND id < 0;
SELECT count(*) FROM side_channel_leaky_operator.doc WHERE body OPERATOR(side_channel_leaky_operator.~~~) 'a' AND id < 0;
SELECT count(*) FROM side_channel_leaky_operator.child WHERE body OPERATOR(side_channel_leaky_operator.<<) 'a';
SELECT count(*) FROM ONLY side_channel_leaky_operator.doc WHERE body OPERATOR(side_channel_leaky_operator.<<) 'globex 1' AND id = 1;
SELECT count(*) FROM side_channel_leaky_operator.doc d JOIN side_channel_leaky_operator.hand h ON d.body OPERATOR(side_channel_leaky_operator.~~~) h.body AND d.id < 0 AND h.id < 0;
SELECT count(*) FROM side_channel_leaky_operator.doc WHERE body OPERATOR(side_channel_leaky_operator.<<) 'a' OR body OPERATOR(side_channel_leaky_operator.~~~) 'b';
DELETE FROM side_channel_leaky_operator.doc WHERE body OPERATOR(side_channel_leaky_operator.<<) 'a';
UPDATE side_channel_leaky_operator.doc SET body = body WHERE body OPERATOR(side_channel_leaky_operator.<<) 'a';
ROLLBACK;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA side_channel_leaky_operator CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'side_channel_leaky_operator.%';
DROP ROLE regress_side_channel_leaky_operator_owner, regress_side_channel_leaky_operator_app;
