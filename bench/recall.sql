-- What bench/recall searches: one table of chunks for each way of doing it, all with the same rows, here still empty.
CREATE SCHEMA bench AUTHORIZATION bench_owner;
GRANT USAGE ON SCHEMA bench TO bench_app, bench_plain;
ALTER DEFAULT PRIVILEGES IN SCHEMA bench GRANT SELECT, INSERT ON TABLES TO bench_app, bench_plain;
SET search_path = bench, public;

CREATE TABLE credential (n int PRIMARY KEY, tenant_id uuid NOT NULL, secret text NOT NULL);
INSERT INTO credential
SELECT t.n, t.tenant_id, (tenancy.create_key(t.tenant_id::text, 'bench')).secret
FROM (SELECT n, tenancy.create_tenant('tenant-' || n, tenant_number => n + 1) AS tenant_id
      FROM generate_series(0, 999) n OFFSET 0) t;

-- With the tenant-first index, and the same without: protected.
CREATE TABLE ours (tenant_id uuid NOT NULL, id bigint NOT NULL, embedding vector(384) NOT NULL, PRIMARY KEY (tenant_id, id));
CREATE TABLE bare (LIKE ours INCLUDING INDEXES);
-- Under the policy that people write by hand: a btree on the tenant and, for each larger tenant, an HNSW index of its own.
CREATE TABLE alone (LIKE ours INCLUDING INDEXES);
-- The same policy: one HNSW index for all tenants. No other index leads with the tenant, so the planner has to use it.
CREATE TABLE shared (LIKE ours, PRIMARY KEY (id, tenant_id));
-- Rows to insert.
CREATE TABLE spare (LIKE ours INCLUDING INDEXES);

SELECT tenancy.protect('ours'), tenancy.protect('bare');
ALTER TABLE alone ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE shared ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY by_setting ON alone USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY by_setting ON shared USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
