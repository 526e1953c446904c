-- Without a tenant every accessor raises 42501, and with tenancy.unbound = 'empty' gives NULL. None gives a value.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\c - regress_world_app
SELECT array_agg(s ORDER BY n) AS accessors FROM unnest(ARRAY[
    'SELECT tenancy.current_tenant()',
    'SELECT tenancy.current_tenant_as(NULL::uuid)',
    'SELECT tenancy.current_tenant_as(NULL::text)',
    'SELECT tenancy.current_tenant_as(NULL::bigint)',
    'SELECT tenancy.current_tenant_as(NULL::integer)',
    'SELECT tenancy.current_tenant_as(NULL::numeric)',
    'SELECT tenancy.current_tenant_as(''acme''::text)',
    'SELECT tenancy.context()',
    'SELECT tenancy.current_scope()',
    'SELECT tenancy.current_user_id()',
    'SELECT tenancy.current_correlation_id()',
    'SELECT tenancy.has_role(''editor'')',
    'SELECT tenancy.has_claim(''plan'')',
    'SELECT tenancy.has_claim(''plan'', ''gold'')',
    'SELECT tenancy.has_capability(''read'')',
    'SELECT tenancy.has_capability(''fly'')',
    'SELECT count(*) FROM world.note',
    'INSERT INTO world.note (id) VALUES (99) RETURNING id',
    'UPDATE world.note SET body = '''' RETURNING id',
    'DELETE FROM world.note RETURNING id',
    'SELECT tenancy.unbind()'
]) WITH ORDINALITY u (s, n) \gset
SHOW tenancy.unbound;
CALL world.attempt_each(:'accessors', :'accessors');
SET tenancy.unbound = 'empty';
CALL world.attempt_each(:'accessors', :'accessors');
SET tenancy.unbound = 'nothing';
-- 'empty' hides no failure of a credential: a bad one raises still.
SELECT world.attempt('SELECT tenancy.bind(''nonsense'')');
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
\! $ADMIN -c "SELECT tenancy.revoke_key('$ACME_ID')"
SELECT count(*) FROM note;
ROLLBACK;
-- In SQL functions, views and defaults.
RESET tenancy.unbound;
\c - :SUPERUSER
CREATE VIEW world.notes WITH (security_invoker = true) AS SELECT * FROM world.note;
GRANT SELECT ON world.notes TO regress_world_app;
SELECT count(*) AS rows_all_there FROM world.note;
\c - regress_world_app
SELECT * FROM world.notes;
COPY world.note TO STDOUT;
SELECT count(*) FROM world.note TABLESAMPLE system (100);
TABLE world.note;
MERGE INTO world.note n USING (VALUES (1)) v (id) ON n.id = v.id WHEN MATCHED THEN DELETE;
\i :suites/../fixtures/clear.sql
