-- Attacks 27 and 28: a cursor opened under one tenant and fetched under none, or under another. It never shows rows of a
-- tenant that isn't bound; cursors that would outlive their transaction are refused.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.plain (id int);
INSERT INTO world.plain VALUES (1), (2), (3);
GRANT SELECT ON world.plain TO regress_world_app;
\c - regress_world_app
-- Three plan shapes: index condition, filter, and a sort that has read all before the first fetch.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SET LOCAL enable_seqscan = off;
DECLARE by_index CURSOR FOR SELECT body FROM note WHERE id > 0;
SET LOCAL enable_seqscan = on;
SET LOCAL enable_indexscan = off;
SET LOCAL enable_bitmapscan = off;
DECLARE by_filter CURSOR FOR SELECT body FROM note;
DECLARE sorted SCROLL CURSOR FOR SELECT body FROM note ORDER BY body DESC;
DECLARE joined CURSOR FOR SELECT p.id, n.body FROM world.plain p LEFT JOIN LATERAL (SELECT body FROM note n WHERE n.id = p.id OFFSET 0) n ON true;
DECLARE unopened CURSOR FOR SELECT count(*) FROM note;
FETCH 1 FROM by_index;
FETCH 1 FROM by_filter;
FETCH 1 FROM sorted;
FETCH 1 FROM joined;
-- Another tenant cannot come into this transaction, so no cursor can be fetched under one.
SAVEPOINT here;
SELECT tenancy.bind(:'globex_key');
ROLLBACK TO here;
SELECT tenancy.unbind();
SAVEPOINT here;
SELECT tenancy.bind(:'globex_key');
ROLLBACK TO here;
FETCH 1 FROM by_filter;
ROLLBACK TO here;
FETCH 1 FROM joined;
ROLLBACK TO here;
FETCH 1 FROM unopened;
ROLLBACK TO here;
FETCH ALL FROM sorted;
ROLLBACK TO here;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound_again;
FETCH ALL FROM by_index;
ROLLBACK TO here;
COMMIT;

-- At the end of the transaction every cursor is gone.
FETCH 1 FROM sorted;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
DECLARE c CURSOR FOR SELECT body FROM note;
COMMIT;
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
FETCH 1 FROM c;
ROLLBACK;

-- Opened unbound, fetched bound: the tenant of the fetch, or nothing.
BEGIN;
SET LOCAL tenancy.unbound = 'empty';
DECLARE early CURSOR FOR SELECT body FROM note ORDER BY id;
FETCH 1 FROM early;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
FETCH ALL FROM early;
ROLLBACK;

-- WITH HOLD, in SQL and from PL/pgSQL.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
DECLARE held CURSOR WITH HOLD FOR SELECT body FROM note;
ROLLBACK;
DECLARE held CURSOR WITH HOLD FOR SELECT 1;
DO $$ BEGIN EXECUTE 'DECLARE held CURSOR WITH HOLD FOR SELECT 1'; END $$;
-- A cursor that PL/pgSQL holds over COMMIT has its rows of the tenant it was opened under, and ends with the call.
SELECT set_config('world.acme', :'acme_key', false) IS NOT NULL AS a, set_config('world.globex', :'globex_key', false) IS NOT NULL AS g \gset
DO $$
DECLARE r record;
BEGIN
    PERFORM tenancy.bind(current_setting('world.acme'));
    FOR r IN SELECT body FROM world.note ORDER BY id LOOP
        RAISE INFO '%, and now: %', r.body, world.attempt('SELECT string_agg(body, '','') FROM world.note');
        COMMIT;
        RAISE INFO 'after COMMIT: %', world.attempt('SELECT count(*) FROM world.note');
        PERFORM tenancy.bind(current_setting('world.globex'));
    END LOOP;
END $$;
SELECT name FROM pg_cursors;
SELECT world.attempt('SELECT count(*) FROM world.note');
\i :suites/../fixtures/clear.sql
