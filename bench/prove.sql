-- 1,000 tenants with five rows in each of 40 tables: ten of them with a scope, one partitioned, one with vectors.
CREATE ROLE bench_owner;
CREATE ROLE bench_prover LOGIN IN ROLE tenancy_app;
SELECT format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()) \gexec
CREATE SCHEMA work;
GRANT USAGE ON SCHEMA work TO bench_prover;
SELECT count(tenancy.create_tenant('tenant-' || i)) FROM generate_series(1, 1000) i;

DO $$
DECLARE
    number int;
    parts text;
BEGIN
    FOR number IN 1..40 LOOP
        parts := CASE WHEN number = 1 THEN 'PARTITION BY HASH (tenant_id)' ELSE '' END;
        EXECUTE format('CREATE TABLE work.t%s (tenant_id uuid NOT NULL, id bigint NOT NULL, scope tenancy.scope NOT NULL DEFAULT ''{}'',
            name text NOT NULL, made_at timestamptz NOT NULL DEFAULT now(), embedding vector(8), PRIMARY KEY (tenant_id, id)) %s',
            number, parts);
        IF number = 1 THEN
            FOR part IN 0..3 LOOP
                EXECUTE format('CREATE TABLE work.t1_%s PARTITION OF work.t1 FOR VALUES WITH (MODULUS 4, REMAINDER %s)', part, part);
            END LOOP;
        END IF;
        EXECUTE format('INSERT INTO work.t%s SELECT t.tenant_id, g, ''{"team": "a"}'', ''row '' || g, now(), ''[1,2,3,4,5,6,7,8]''
            FROM tenancy.tenant t, generate_series(1, 5) g WHERE t.tenant_number <> 0', number);
        IF number = 2 THEN
            CREATE INDEX ON work.t2 USING tenant_vector (tenant_id, embedding vector_cosine_ops);
        END IF;
        EXECUTE format('ALTER TABLE work.t%s OWNER TO bench_owner; GRANT SELECT, INSERT, UPDATE, DELETE ON work.t%1$s TO bench_prover', number);
        PERFORM tenancy.protect(format('work.t%s', number)::regclass, scope_column => CASE WHEN number > 30 THEN 'scope' END);
    END LOOP;
    FOR part IN 0..3 LOOP
        EXECUTE format('ALTER TABLE work.t1_%s OWNER TO bench_owner', part);
    END LOOP;
END
$$;
CREATE VIEW work.names WITH (security_invoker) AS SELECT a.id, a.name, b.name AS other FROM work.t3 a JOIN work.t4 b USING (tenant_id, id);
GRANT SELECT ON work.names TO bench_prover;
ANALYZE;
