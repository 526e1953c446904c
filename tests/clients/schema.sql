-- What every client's tests run against: tenants tenant-1 to tenant-12, of which tenant-N has N notes.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'client_owner') THEN
        CREATE ROLE client_owner;
        CREATE ROLE client_app LOGIN IN ROLE tenancy_app;
    END IF;
END
$$;

CREATE TABLE note (
    tenant_id uuid NOT NULL,
    id        bigint GENERATED ALWAYS AS IDENTITY,
    body      text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE note OWNER TO client_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON note TO client_app;

SELECT tenancy.create_tenant('tenant-' || n) FROM generate_series(1, 12) n;
INSERT INTO note (tenant_id, body)
SELECT t.tenant_id, t.slug || ' note ' || i
FROM tenancy.tenant t, generate_series(1, split_part(t.slug, '-', 2)::integer) i
WHERE t.slug LIKE 'tenant-%';

SELECT tenancy.protect('note');
