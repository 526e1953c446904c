-- A database of 1M rows shared out among tenants, in the protected table doc.
--   tenants  how many
--   large    how many of them have 10,000 rows; the others share the rest evenly
--   place    in which order rows lie in the table: 'mixed' as they would arrive, or 'by tenant'
CREATE SCHEMA bench AUTHORIZATION bench_owner;
GRANT USAGE ON SCHEMA bench TO bench_app, bench_plain;
ALTER DEFAULT PRIVILEGES IN SCHEMA bench GRANT SELECT ON TABLES TO bench_app, bench_plain;
SET search_path = bench;

-- What a client would hold: who it is and its key. Read by both sides, the same way.
CREATE TABLE credential (
    n         int PRIMARY KEY,
    tenant_id uuid NOT NULL,
    secret    text NOT NULL,
    rows      int NOT NULL
);
INSERT INTO credential
SELECT t.n, t.tenant_id, (tenancy.create_key(t.tenant_id::text, 'bench')).secret,
       CASE WHEN t.n < :large THEN 10000 ELSE (1000000 - :large * 10000) / (:tenants - :large) END
FROM (SELECT n, tenancy.create_tenant('tenant-' || n, tenant_number => n + 1) AS tenant_id
      FROM generate_series(0, :tenants - 1) n OFFSET 0) t;

CREATE TABLE doc (
    tenant_id uuid NOT NULL,
    id        bigint NOT NULL,
    body      text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
INSERT INTO doc
SELECT c.tenant_id, r.id, md5(c.n || ' ' || r.id)
FROM credential c, generate_series(0, c.rows - 1) AS r (id)
ORDER BY CASE WHEN :'place' = 'mixed' THEN r.id END, c.n, r.id;
ALTER TABLE doc OWNER TO bench_owner;
