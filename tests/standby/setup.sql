DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'standby_app') THEN
        CREATE ROLE standby_app LOGIN IN ROLE tenancy_app;
    END IF;
END
$$;
SELECT tenancy.create_tenant(t) FROM unnest('{acme,globex}'::text[]) t;
CREATE TABLE note (tenant_id uuid, id bigint GENERATED ALWAYS AS IDENTITY, body text, PRIMARY KEY (tenant_id, id));
CREATE TABLE later_note (LIKE note INCLUDING ALL);
INSERT INTO note (tenant_id, body)
SELECT tenant_id, slug || i FROM tenancy.tenant, generate_series(1, CASE slug WHEN 'acme' THEN 3 ELSE 5 END) i;
SELECT tenancy.protect('note');
GRANT SELECT, INSERT, DELETE ON note, later_note TO standby_app;
