-- What is dumped: tenants, keys and protected tables of every kind.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dump_owner') THEN
        CREATE ROLE dump_owner LOGIN;
        CREATE ROLE dump_app LOGIN IN ROLE tenancy_app;
    END IF;
END
$$;

SELECT tenancy.create_tenant('acme', 'Acme', settings => '{"plan": "pro"}');
SELECT tenancy.create_tenant('globex');
SELECT tenancy.create_tenant('initech');
SELECT tenancy.suspend_tenant('initech');

CREATE TABLE kept_secret AS
SELECT name, (tenancy.create_key(tenant, name, capabilities, floor::jsonb, principal, expires_at)).*
FROM (VALUES
    ('acme', 'acme', '{read,write}'::text[], '{}', NULL, NULL::timestamptz),
    ('globex', 'globex', '{read}', '{"team": "x"}', 'robot', now() + interval '1 day'),
    ('revoked', 'acme', '{read}', '{}', NULL, NULL),
    ('suspended', 'initech', '{read}', '{}', NULL, NULL),
    ('child', 'acme', '{read}', '{}', NULL, NULL),
    ('orphan', 'acme', '{read}', '{}', NULL, NULL)
) k (name, tenant, capabilities, floor, principal, expires_at);
SELECT tenancy.revoke_key(key_id) FROM kept_secret WHERE name = 'revoked';
UPDATE tenancy.api_key k SET parent_key_id = p.key_id
FROM kept_secret c JOIN kept_secret p ON (c.name, p.name) IN (('child', 'acme'), ('orphan', 'revoked'))
WHERE k.key_id = c.key_id;
INSERT INTO tenancy.key_use SELECT key_id, '2026-01-01' FROM kept_secret WHERE name = 'acme';

SELECT tenancy.set_budget('acme', 'cost', 12.5, 'month'), tenancy.set_budget('globex', 'tokens', 100, 'day', 'soft');
INSERT INTO tenancy.budget_lease SELECT budget_id, '2026-01-01', 50 FROM tenancy.budget;
INSERT INTO tenancy.decision_trace (trace_id, tenant_id, scope, recorded_at, kind, tier, outcome, leaf, written_in, written_by)
SELECT gen_random_uuid(), tenant_id, '{}', '2026-01-01', 'denial', 'pg_tenancy', '28000', sha256('kept'), 1, 1
FROM tenancy.tenant WHERE slug = 'globex';

CREATE TABLE by_uuid (tenant_id uuid, id bigint GENERATED ALWAYS AS IDENTITY, body text, PRIMARY KEY (tenant_id, id));
CREATE TABLE by_text (customer text, id integer, body text, PRIMARY KEY (customer, id),
                      parent integer, FOREIGN KEY (customer, parent) REFERENCES by_text);
CREATE TABLE by_integer (tenant integer, id integer, body text UNIQUE NULLS DISTINCT);
ALTER TABLE by_integer DROP CONSTRAINT by_integer_body_key, ADD UNIQUE (tenant, body);
CREATE TABLE by_bigint (tenant bigint, id integer, body text, PRIMARY KEY (tenant, id));
CREATE TABLE partitioned (tenant_id uuid, day date, body text, PRIMARY KEY (tenant_id, day)) PARTITION BY RANGE (day);
CREATE TABLE partitioned_early PARTITION OF partitioned FOR VALUES FROM (MINVALUE) TO ('2026-01-01') PARTITION BY LIST (day);
CREATE TABLE partitioned_day PARTITION OF partitioned_early FOR VALUES IN ('2025-06-01');
CREATE TABLE partitioned_late PARTITION OF partitioned DEFAULT;
CREATE TABLE ancestor (tenant_id uuid, id integer, body text, PRIMARY KEY (tenant_id, id));
CREATE TABLE descendant (extra text, PRIMARY KEY (tenant_id, id)) INHERITS (ancestor);
CREATE TABLE "odd ""name"".x" ("the tenant" uuid, id integer, body text, PRIMARY KEY ("the tenant", id));
CREATE TABLE scoped (tenant_id uuid, id integer, "the scope" tenancy.scope, body text, PRIMARY KEY (tenant_id, id));
CREATE TABLE common (customer text, id integer, scope tenancy.scope, body text, PRIMARY KEY (customer, id));
CREATE TABLE remembered (customer text, id integer, body text, embedding vector(3), PRIMARY KEY (customer, id));
CREATE SCHEMA managed AUTHORIZATION dump_owner;
CREATE TABLE unprotected (id integer PRIMARY KEY, body text);

INSERT INTO by_uuid (tenant_id, body) SELECT tenant_id, slug || i FROM tenancy.tenant, generate_series(1, 3) i;
INSERT INTO by_text (customer, id, body, parent) SELECT slug, i, slug || i, nullif(i - 1, 0) FROM tenancy.tenant, generate_series(1, 3) i;
INSERT INTO by_integer SELECT tenant_number, i, slug || i FROM tenancy.tenant, generate_series(1, 3) i;
INSERT INTO by_bigint SELECT tenant_number, i, slug || i FROM tenancy.tenant, generate_series(1, 3) i;
INSERT INTO partitioned SELECT tenant_id, day, slug || day FROM tenancy.tenant, unnest('{2025-06-01,2026-06-01,2027-06-01}'::date[]) day;
INSERT INTO ancestor SELECT tenant_id, 1, slug FROM tenancy.tenant;
INSERT INTO descendant SELECT tenant_id, i, slug || i, 'x' FROM tenancy.tenant, generate_series(2, 3) i;
INSERT INTO "odd ""name"".x" SELECT tenant_id, i, slug || i FROM tenancy.tenant, generate_series(1, 3) i;
INSERT INTO scoped SELECT tenant_id, i, CASE i WHEN 1 THEN '{"team": "x"}' ELSE '{}' END::tenancy.scope, slug || i
FROM tenancy.tenant, generate_series(1, 3) i;
INSERT INTO common SELECT slug, 1, '{}', slug || ' common' FROM tenancy.tenant;
INSERT INTO remembered SELECT slug, i, slug || i, format('[%s,%s,1]', i, tenant_number)::vector FROM tenancy.tenant, generate_series(1, 3) i;
CREATE INDEX remembered_nearest ON remembered USING tenant_vector (customer, embedding vector_l2_ops) WITH (bits = 2);
INSERT INTO unprotected VALUES (1, 'anybody''s');

SELECT format('ALTER TABLE %s OWNER TO dump_owner', oid::regclass)
FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND relname <> 'kept_secret' \gexec

SELECT tenancy.protect('by_uuid');
SELECT tenancy.protect('by_text', 'customer');
SELECT tenancy.protect('by_integer', 'tenant');
SELECT tenancy.protect('by_bigint', 'tenant');
SELECT tenancy.protect('partitioned');
SELECT tenancy.protect('ancestor');
SELECT tenancy.protect('"odd ""name"".x"', 'the tenant');
SELECT tenancy.protect('scoped', scope_column => 'the scope');
SELECT tenancy.protect('common', 'customer', 'scope', shared => true);
SELECT tenancy.protect('remembered', 'customer');
SELECT tenancy.grant_read('globex', 'acme', 'scoped', '{"team": "x"}', '2999-01-01');
SELECT tenancy.revoke_read(tenancy.grant_read('globex', 'acme', 'scoped'));
SELECT tenancy.manage_schema('managed');
CREATE TABLE managed.automatic (tenant_id uuid, id integer, body text, PRIMARY KEY (tenant_id, id));
INSERT INTO managed.automatic SELECT tenant_id, i, slug || i FROM tenancy.tenant, generate_series(1, 3) i;
ALTER TABLE managed.automatic OWNER TO dump_owner;
CREATE VIEW seen WITH (security_invoker = true) AS SELECT body FROM by_uuid;
ALTER VIEW seen OWNER TO dump_owner;

GRANT USAGE ON SCHEMA managed TO dump_app;
SELECT format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO dump_app', oid::regclass)
FROM pg_class WHERE relkind IN ('r', 'p', 'v') AND relnamespace IN ('public'::regnamespace, 'managed'::regnamespace)
  AND relname <> 'kept_secret' \gexec

-- And a proof, once all of it stands.
SELECT verdict FROM tenancy.prove(seed => 1);
