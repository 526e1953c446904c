-- A call site that was given one capability does not give another: plpgsql keeps its expressions for a transaction.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE FUNCTION world.need(capability text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN tenancy.require_capability(capability); END $$;
CREATE FUNCTION world.tenant_for(capability text) RETURNS uuid LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN tenancy.current_tenant(capability); END $$;
CREATE FUNCTION world.slug_for(capability text) RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN tenancy.whole_tenant_as(NULL::text, capability); END $$;
CREATE FUNCTION world.may_write() RETURNS boolean LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN tenancy.require_capability('write'); END $$;
CREATE FUNCTION world.whole() RETURNS uuid LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN tenancy.whole_tenant('read'); END $$;
SELECT secret AS reader FROM tenancy.create_key('acme', 'reader', '{read}') \gset
\c - regress_world_app
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT tenancy.bind(:'reader') = :'acme' AS bound;
SELECT world.need('read'), world.tenant_for('read') = :'acme' AS tenant, world.slug_for('read');
SELECT world.need('secret:read');
SELECT world.tenant_for('write');
SELECT world.slug_for('forget');
SELECT world.need('read'), world.tenant_for('read') = :'acme' AS tenant, world.slug_for('read');
DO $$
DECLARE
    c text;
BEGIN
    FOREACH c IN ARRAY '{read,write}'::text[] LOOP
        RAISE INFO '% %', c, tenancy.require_capability(c);
    END LOOP;
END $$;
SELECT c, tenancy.require_capability(c) FROM unnest('{read,read}'::text[]) c;
SELECT c, tenancy.require_capability(c) FROM unnest('{read,write}'::text[]) c;
SELECT tenancy.require_capability(NULL);
SELECT tenancy.require_capability('agent');
COMMIT;
-- Nor does it give what a narrower context no longer has.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT world.may_write(), world.whole() = :'acme' AS whole;
SELECT tenancy.bind(:'reader') = :'acme' AS narrowed;
SELECT world.may_write();
SELECT world.whole() = :'acme' AS whole;
SELECT tenancy.bind(:'reader', '{"scope": {"team": "x"}}') = :'acme' AS narrowed;
SELECT world.whole();
COMMIT;
\i :suites/../fixtures/clear.sql
