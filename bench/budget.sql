-- Two tenants with 10,000 rows each, of which the first has budgets; the hand-written budget; and a tenant that spends
-- all it may.
CREATE SCHEMA bench AUTHORIZATION bench_owner;
GRANT USAGE ON SCHEMA bench TO bench_app;
SET search_path = bench;

CREATE TABLE credential AS
SELECT slug, tenant_id, (tenancy.create_key(tenant_id::text, 'bench')).secret
FROM (SELECT slug, tenancy.create_tenant(slug) AS tenant_id FROM unnest('{limited,unlimited,spender}'::text[]) slug OFFSET 0) t;
SELECT tenancy.set_budget('limited', 'tokens', 100e9, 'day'), tenancy.set_budget('limited', 'cost', 1e6, 'month'),
       tenancy.set_budget('spender', 'tokens', 10e6, 'month'), tenancy.set_budget('spender', 'cost', 1e6, 'month');

-- The work that is paid for.
CREATE TABLE doc (
    tenant_id uuid NOT NULL,
    id        int NOT NULL,
    version   int NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id)
) WITH (fillfactor = 50);
INSERT INTO doc SELECT tenant_id, id FROM credential, generate_series(0, 9999) id WHERE slug <> 'spender';
ALTER TABLE doc OWNER TO bench_owner;
GRANT SELECT, UPDATE ON doc TO bench_app;
SELECT tenancy.protect('doc');

-- What people write by hand: what is used is a row that each transaction updates, and that stays locked until it commits.
CREATE TABLE hot_budget (
    tenant_id uuid,
    metric    text,
    used      bigint NOT NULL,
    amount    bigint NOT NULL,
    PRIMARY KEY (tenant_id, metric)
) WITH (fillfactor = 50);
INSERT INTO hot_budget SELECT tenant_id, 'tokens', 0, 100e9 FROM credential WHERE slug = 'limited';
GRANT SELECT, UPDATE ON hot_budget TO bench_app;

-- One call of a spender: reserves, and settles with what it records. Whether there was room.
CREATE FUNCTION call(most int, actual int) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tenancy.trace('llm_call', input_tokens => actual, reservations => ARRAY[tenancy.reserve('tokens', most)]);
    RETURN true;
EXCEPTION WHEN configuration_limit_exceeded THEN
    RETURN false;
END
$$;
