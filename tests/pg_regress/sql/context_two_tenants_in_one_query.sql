-- Attack 21: one query that asks as two tenants, with the second credential bound in its middle. The first tenant of a
-- transaction stays its only one, so every shape fails with 42501 and shows nothing.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\c - regress_world_app

-- What is allowed: the same tenant twice, by key and by token.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.bind(:'token_acme') = :'acme' AS bound_again;
SELECT count(*) FROM note;
COMMIT;

-- UNION ALL with a CTE for each tenant: unbound, and with the first tenant bound before.
WITH a AS MATERIALIZED (SELECT tenancy.bind(:'acme_key')),
     b AS MATERIALIZED (SELECT tenancy.bind(:'globex_key'))
SELECT n.body FROM a, note n UNION ALL SELECT n.body FROM b, note n;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
WITH b AS MATERIALIZED (SELECT tenancy.bind(:'globex_key'))
SELECT n.body FROM note n UNION ALL SELECT n.body FROM b, note n;
ROLLBACK;

-- Subqueries in the select list.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT (SELECT string_agg(body, ',') FROM note),
       tenancy.bind(:'globex_key') IS NOT NULL, (SELECT string_agg(body, ',') FROM note WHERE random() < 2);
ROLLBACK;

-- LATERAL: for each credential, bind it and read; with the plans that hold the tenant as an index condition, a filter,
-- and the inner side of each kind of join.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SAVEPOINT here;
SELECT c.n, x.body
FROM (VALUES (1, :'acme_key'), (2, :'globex_key')) c (n, credential)
CROSS JOIN LATERAL (SELECT tenancy.bind(c.credential) AS tenant OFFSET 0) b
CROSS JOIN LATERAL (SELECT body FROM note WHERE b.tenant IS NOT NULL OFFSET 0) x;
ROLLBACK TO here;
SET LOCAL enable_indexscan = off;
SET LOCAL enable_bitmapscan = off;
SELECT c.n, x.body
FROM (VALUES (1, :'acme_key'), (2, :'globex_key')) c (n, credential)
CROSS JOIN LATERAL (SELECT tenancy.bind(c.credential) AS tenant OFFSET 0) b
CROSS JOIN LATERAL (SELECT body FROM note WHERE b.tenant IS NOT NULL OFFSET 0) x;
ROLLBACK TO here;
SELECT n.body FROM note n JOIN (VALUES (:'globex_key')) c (credential) ON tenancy.bind(c.credential) = n.tenant_id;
ROLLBACK TO here;
SELECT n.body FROM note n WHERE EXISTS (SELECT FROM note m WHERE tenancy.bind(:'globex_key') = m.tenant_id);
ROLLBACK;

-- A function that binds and reads.
BEGIN;
CREATE FUNCTION pg_temp.of(credential text) RETURNS SETOF text LANGUAGE sql VOLATILE
    AS $$ SELECT tenancy.bind(credential); SELECT body FROM world.note $$;
ROLLBACK;
\c - :SUPERUSER
CREATE FUNCTION world.notes_of(credential text) RETURNS SETOF text LANGUAGE plpgsql VOLATILE
    AS $$ BEGIN PERFORM tenancy.bind(credential); RETURN QUERY SELECT body FROM world.note; END $$;
CREATE FUNCTION world.notes_by_setting(setting text) RETURNS SETOF text LANGUAGE plpgsql VOLATILE
    AS $$ BEGIN PERFORM set_config('tenancy.session', setting, true); RETURN QUERY SELECT body FROM world.note; END $$;
\c - regress_world_app
SELECT world.notes_of(:'acme_key') UNION ALL SELECT world.notes_of(:'globex_key');
SELECT world.notes_of(c) FROM unnest(ARRAY[:'acme_key', :'globex_key']) c;
SELECT * FROM world.notes_of(:'acme_key') a FULL JOIN world.notes_of(:'globex_key') g ON false;

-- set_config in the middle of a query, with two tokens.
SELECT world.notes_by_setting(:'token_acme') UNION ALL SELECT world.notes_by_setting(:'token_globex');
SELECT set_config('tenancy.session', c.token, c.local) IS NOT NULL, (SELECT string_agg(body, ',') FROM note WHERE c.n > 0)
FROM (VALUES (1, :'token_acme', true), (2, :'token_globex', false)) c (n, token, local);

-- A setting that was never used is no tenant yet, so another may take its place; but then that one is.
BEGIN;
SELECT set_config('tenancy.session', :'token_acme', true);
SELECT tenancy.bind(:'token_globex') = :'globex' AS bound;
SELECT body FROM note ORDER BY id;
SAVEPOINT here;
SET LOCAL tenancy.session = :'token_acme';
SELECT body FROM note ORDER BY id;
ROLLBACK;
-- A setting of one tenant, then bind for another; and for the same by another name, which is allowed.
BEGIN;
SELECT set_config('tenancy.session', :'token_acme', true);
SELECT count(*) FROM note;
SAVEPOINT here;
SET LOCAL tenancy.session = :'token_globex';
SELECT body FROM note ORDER BY id;
ROLLBACK TO here;
SELECT tenancy.bind(:'token_globex');
ROLLBACK TO here;
SELECT tenancy.bind(:'acme_key') = :'acme' AS same_tenant_by_another_name;
ROLLBACK TO here;
SELECT count(*) FROM note;
SET LOCAL tenancy.session = :'token_acme_by_id';
SELECT count(*) FROM note;
ROLLBACK;

-- Within unbind the tenant is gone, but the transaction is still its.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.unbind();
SELECT world.attempt('SELECT count(*) FROM world.note');
SELECT world.attempt(format('SELECT tenancy.bind(%L)', :'globex_key'));
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound_again;
SELECT count(*) FROM note;
COMMIT;

-- bind in the WHERE clause of a query, where it runs for rows the policy has let through already.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT body FROM note WHERE tenancy.bind(:'globex_key') IS NOT NULL;
ROLLBACK;
SELECT body FROM note WHERE tenancy.bind(:'globex_key') IS NOT NULL;
\i :suites/../fixtures/clear.sql
