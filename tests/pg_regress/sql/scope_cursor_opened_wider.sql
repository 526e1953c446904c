-- A cursor that read rows before its transaction's context was narrowed shows none of them outside the narrower floor, by
-- whatever way it is fetched.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.doc (tenant_id uuid NOT NULL, scope tenancy.scope NOT NULL, id int, PRIMARY KEY (tenant_id, id));
INSERT INTO world.doc SELECT :'acme', scope::jsonb, id FROM unnest(ARRAY['{}', '{"team": "x"}', '{"team": "x", "user": "u"}', '{"team": "y"}']) WITH ORDINALITY s (scope, id);
ALTER TABLE world.doc OWNER TO regress_world_owner;
GRANT SELECT ON world.doc TO regress_world_app;
SELECT tenancy.protect('world.doc', scope_column => 'scope');
ALTER TABLE world.doc ADD e vector(2) DEFAULT '[1,2]';
CREATE FUNCTION world.ids() RETURNS SETOF int LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT id FROM world.doc; END';
CREATE FUNCTION world.outside_floor(c refcursor) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    found_id int;
    outside int := 0;
BEGIN
    LOOP
        FETCH c INTO found_id;
        EXIT WHEN NOT FOUND;
        outside := outside + (found_id IN (1, 4))::int;
    END LOOP;
    RETURN outside;
EXCEPTION WHEN insufficient_privilege OR object_not_in_prerequisite_state THEN
    RETURN 0;
END $$;
\c - regress_world_app
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
DECLARE by_scan CURSOR FOR SELECT id FROM doc;
DECLARE sorted SCROLL CURSOR FOR SELECT id FROM doc ORDER BY id + 0;
DECLARE scrolled SCROLL CURSOR FOR SELECT id FROM doc ORDER BY id + 0;
DECLARE materialized CURSOR FOR WITH d AS MATERIALIZED (SELECT id FROM doc ORDER BY id + 0) SELECT id FROM d;
DECLARE by_function CURSOR FOR SELECT * FROM world.ids();
DECLARE by_set CURSOR FOR SELECT world.ids();
DECLARE recalled CURSOR FOR SELECT id FROM tenancy.recall(NULL::doc, '[1,2]');
DECLARE recalled_set CURSOR FOR SELECT (tenancy.recall(NULL::doc, '[1,2]')).id;
FETCH 1 FROM by_function;
FETCH 1 FROM by_set;
FETCH 1 FROM recalled;
FETCH 1 FROM recalled_set;
FETCH 1 FROM by_scan;
FETCH 1 FROM sorted;
FETCH 1 FROM scrolled;
FETCH 1 FROM materialized;
SELECT tenancy.bind(:'acme_key', '{"scope": {"team": "x"}}') = :'acme' AS narrower;
SELECT world.outside_floor('by_scan'), world.outside_floor('sorted'), world.outside_floor('materialized');
SELECT world.outside_floor('by_function'), world.outside_floor('by_set'), world.outside_floor('recalled'), world.outside_floor('recalled_set');
FETCH ALL FROM recalled;
FETCH FIRST FROM scrolled;
FETCH ABSOLUTE 4 FROM sorted;
-- One begun since shows what the floor reaches.
DECLARE begun_since CURSOR FOR SELECT id FROM doc ORDER BY id + 0;
FETCH ALL FROM begun_since;
COMMIT;
\i :suites/../fixtures/clear.sql
