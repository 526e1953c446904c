-- Tenants whose clients trace, and their keys.
--   tenants  how many
CREATE SCHEMA bench;
GRANT USAGE ON SCHEMA bench TO bench_app;
CREATE TABLE bench.credential (
    n      int PRIMARY KEY,
    secret text NOT NULL
);
INSERT INTO bench.credential
SELECT t.n, (tenancy.create_key(t.tenant_id::text, 'bench')).secret
FROM (SELECT n, tenancy.create_tenant('tenant-' || n, tenant_number => n + 1) AS tenant_id
      FROM generate_series(0, :tenants - 1) n OFFSET 0) t;
GRANT SELECT ON bench.credential TO bench_app;
