-- In a transaction a context may be narrowed and never widened again: not by another bind, another credential, a savepoint
-- that is rolled back, a function's SET clause or a cursor.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.doc (tenant_id uuid NOT NULL, scope tenancy.scope NOT NULL, id int, PRIMARY KEY (tenant_id, id));
INSERT INTO world.doc SELECT :'acme', scope::jsonb, id FROM unnest(ARRAY['{}', '{"team": "x"}', '{"team": "x", "user": "u"}', '{"team": "y"}']) WITH ORDINALITY s (scope, id);
ALTER TABLE world.doc OWNER TO regress_world_owner;
GRANT SELECT, INSERT, UPDATE ON world.doc TO regress_world_app;
SELECT tenancy.protect('world.doc', scope_column => 'scope');
SELECT secret AS x FROM tenancy.create_key('acme', 'x', scope_floor => '{"team": "x"}') \gset
SELECT secret AS y FROM tenancy.create_key('acme', 'y', scope_floor => '{"team": "y"}') \gset
SELECT secret AS reader FROM tenancy.create_key('acme', 'reader', '{reader}') \gset
\c - regress_world_app
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT array_agg(id ORDER BY id) FROM doc;
SELECT tenancy.bind(:'acme_key', '{"scope": {"team": "x"}}') = :'acme' AS narrower;
SELECT array_agg(id ORDER BY id) FROM doc;
SELECT tenancy.bind(:'acme_key');
SELECT tenancy.bind(:'acme_key', '{"scope": {"team": "y"}}');
SELECT tenancy.bind(:'y');
SELECT tenancy.bind(:'token_acme');
-- A refused bind changes nothing; the same again, or narrower by another credential, is fine.
SELECT array_agg(id ORDER BY id) FROM doc;
SELECT tenancy.bind(:'x') = :'acme' AS same;
SELECT tenancy.bind(:'x', '{"scope": {"user": "u"}}') = :'acme' AS narrower;
SELECT array_agg(id ORDER BY id) FROM doc;
COMMIT;
-- Nothing is kept for the next transaction.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT array_agg(id ORDER BY id) FROM doc;
COMMIT;

-- Capabilities likewise.
BEGIN;
SELECT tenancy.bind(:'reader') = :'acme' AS bound;
SELECT tenancy.bind(:'acme_key');
UPDATE doc SET id = id;
COMMIT;
-- Taken back and bound anew, it is as narrow as it was.
BEGIN;
SELECT tenancy.bind(:'x') = :'acme' AS bound;
SELECT tenancy.unbind();
SELECT tenancy.bind(:'acme_key');
SET LOCAL tenancy.session = :'token_acme';
SELECT count(*) FROM doc;
ROLLBACK;

-- A savepoint: what is rolled back to is the wider context, which no longer counts.
\set ON_ERROR_ROLLBACK off
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
DECLARE wide CURSOR FOR SELECT id FROM doc ORDER BY id;
FETCH 1 FROM wide;
SAVEPOINT here;
SELECT tenancy.bind(:'x') = :'acme' AS narrower;
SELECT array_agg(id ORDER BY id) FROM doc;
ROLLBACK TO here;
SELECT array_agg(id ORDER BY id) FROM doc;
ROLLBACK TO here;
FETCH 1 FROM wide;
ROLLBACK TO here;
INSERT INTO doc (id) VALUES (9);
ROLLBACK TO here;
SELECT tenancy.current_scope();
ROLLBACK TO here;
SELECT tenancy.bind(:'x') = :'acme' AS narrow_again;
SELECT array_agg(id ORDER BY id) FROM doc;
COMMIT;
-- A function whose SET clause brings a context back when it ends.
\c - :SUPERUSER
CREATE FUNCTION world.narrow(key text) RETURNS bigint LANGUAGE plpgsql SET tenancy.session FROM CURRENT AS
    $$ BEGIN PERFORM tenancy.bind(key); RETURN (SELECT count(*) FROM world.doc); END $$;
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT world.narrow(:'x');
SELECT count(*) FROM doc;
ROLLBACK;
\i :suites/../fixtures/clear.sql
