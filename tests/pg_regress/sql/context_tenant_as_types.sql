-- current_tenant_as gives the tenant in the column's type, and refuses a type that can't name one, or a number that
-- doesn't fit, rather than give another tenant's.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
SELECT tenancy.create_tenant('huge', NULL, '4096e000-0000-4000-8000-000000000004', 4294967297) AS huge \gset
SELECT secret AS huge_key FROM tenancy.create_key('huge', 'key') \gset
CREATE DOMAIN world.tenant_uuid AS uuid;
CREATE DOMAIN world.tenant_text AS text;
CREATE TYPE world.pair AS (a int, b int);
CREATE TYPE world.mood AS ENUM ('acme');
\c - regress_world_app
SELECT array_agg(t ORDER BY n) AS types, array_agg(format('SELECT tenancy.current_tenant_as(NULL::%s)', t) ORDER BY n) AS statements
FROM unnest(ARRAY['uuid', 'text', 'bigint', 'integer', 'smallint', 'numeric', 'varchar', 'varchar(4)', 'char(4)', 'name', '"char"', 'oid', 'boolean', 'bytea',
    'jsonb', 'uuid[]', 'text[]', 'int4range', 'timestamptz', 'world.tenant_uuid', 'world.tenant_text', 'world.pair', 'world.mood', 'record', 'regclass']) WITH ORDINALITY u (t, n) \gset
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT t AS type, world.attempt(s) FROM unnest(:'types'::text[], :'statements'::text[]) u (t, s);
SELECT pg_typeof(tenancy.current_tenant_as(1)), pg_typeof(tenancy.current_tenant_as(1::bigint)), tenancy.current_tenant_as('globex'::text), tenancy.current_tenant_as(2);
SELECT world.attempt('SELECT tenancy.current_tenant_as(NULL)'), world.attempt('SELECT tenancy.current_tenant_as(''acme'')'), world.attempt('SELECT tenancy.current_tenant_as()');
COMMIT;
-- 4294967297 = 2^32 + 1: truncated it would be tenant 1.
BEGIN;
SELECT tenancy.bind(:'huge_key') = :'huge' AS bound;
SELECT tenancy.current_tenant_as(NULL::bigint);
SELECT tenancy.current_tenant_as(NULL::integer);
ROLLBACK;
\c - :SUPERUSER
DELETE FROM tenancy.tenant WHERE slug = 'huge';
\i :suites/../fixtures/clear.sql
