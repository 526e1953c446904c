-- The tenants and tables of the pooler's test: tenant-N has 2 N notes, and as many in the schema decoy.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pool_owner') THEN
        CREATE ROLE pool_owner;
        CREATE ROLE pool_app LOGIN IN ROLE tenancy_app;
    END IF;
END
$$;

CREATE TABLE note (
    tenant_id uuid NOT NULL,
    id        bigint GENERATED ALWAYS AS IDENTITY,
    body      text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE TABLE entry (
    tenant_id uuid NOT NULL,
    id        bigint GENERATED ALWAYS AS IDENTITY,
    client    integer NOT NULL,
    body      text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX ON entry (tenant_id, client);
CREATE TABLE total (
    tenant_id uuid NOT NULL,
    name      text NOT NULL,
    n         bigint NOT NULL,
    PRIMARY KEY (tenant_id, name)
);

-- What a search_path that was left behind leads to: a table of the same name, an operator that finds everything
-- equal, and a function that answers for any tenant.
CREATE SCHEMA decoy;
CREATE TABLE decoy.note (LIKE note INCLUDING ALL);
CREATE FUNCTION decoy.equal(uuid, uuid) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR decoy.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = decoy.equal);
CREATE FUNCTION decoy.current_tenant() RETURNS uuid LANGUAGE sql AS $$ SELECT '00000000-0000-0000-0000-000000000000'::uuid $$;

ALTER TABLE note OWNER TO pool_owner;
ALTER TABLE entry OWNER TO pool_owner;
ALTER TABLE total OWNER TO pool_owner;
ALTER TABLE decoy.note OWNER TO pool_owner;

SELECT tenancy.create_tenant('tenant-' || n) FROM generate_series(1, 12) n;
INSERT INTO note (tenant_id, body)
SELECT t.tenant_id, t.slug || ' note ' || i
FROM tenancy.tenant t, generate_series(1, 2 * split_part(t.slug, '-', 2)::integer) i
WHERE t.slug LIKE 'tenant-%';
INSERT INTO decoy.note (tenant_id, body) SELECT tenant_id, 'decoy ' || body FROM note;
SELECT tenancy.protect(t) FROM unnest('{note,entry,total,decoy.note}'::regclass[]) t;

-- Granted to the group: a SET ROLE tenancy_app that was left behind changes nothing then.
GRANT SELECT, INSERT, UPDATE, DELETE ON note, entry, total, decoy.note TO tenancy_app;
GRANT USAGE, CREATE ON SCHEMA decoy TO tenancy_app;
