-- Budgets, and what is leased of them. The order of the columns of budget and budget_lease is what src/catalog.rs
-- reads. Amounts are whole numbers of the smallest unit: cost in thousand-millionths of a US dollar.

CREATE TABLE tenancy.budget (
    tenant_id uuid NOT NULL,
    metric    text COLLATE "C" NOT NULL CHECK (metric IN ('tokens', 'cost', 'requests', 'rows', 'agents')),
    period    text COLLATE "C" NOT NULL CHECK (period IN ('minute', 'hour', 'day', 'month')),
    mode      text COLLATE "C" NOT NULL DEFAULT 'hard' CHECK (mode IN ('hard', 'soft')),
    amount    bigint NOT NULL CHECK (amount >= 0),
    -- A budget that is taken away and set again is another one, of which nothing is spent.
    budget_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    set_at    timestamptz NOT NULL DEFAULT now(),
    set_by    name NOT NULL DEFAULT session_user,
    PRIMARY KEY (tenant_id, metric, period)
);

-- Written by the scribe alone, before any of it is spent: what was leased counts as spent when the server restarts.
CREATE TABLE tenancy.budget_lease (
    budget_id    uuid NOT NULL,
    period_start timestamptz NOT NULL,
    leased       bigint NOT NULL CHECK (leased >= 0),
    PRIMARY KEY (budget_id, period_start)
) WITH (fillfactor = 70);

SELECT pg_catalog.pg_extension_config_dump('tenancy.budget', '');
SELECT pg_catalog.pg_extension_config_dump('tenancy.budget_lease', '');

-- A tenant that has no budget is remembered, too.
CREATE TRIGGER credential_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON tenancy.budget
    FOR EACH STATEMENT EXECUTE FUNCTION tenancy._credential_changed();
ALTER TABLE tenancy.budget ENABLE ALWAYS TRIGGER credential_changed;

-- What is leased of a budget goes with it, and budgets with their tenant.
CREATE FUNCTION tenancy._budget_deleted() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM tenancy.budget_lease l WHERE l.budget_id = OLD.budget_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER budget_deleted AFTER DELETE ON tenancy.budget FOR EACH ROW EXECUTE FUNCTION tenancy._budget_deleted();

CREATE FUNCTION tenancy._tenant_of_budget_deleted() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM tenancy.budget b WHERE b.tenant_id = OLD.tenant_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER tenant_of_budget_deleted AFTER DELETE ON tenancy.tenant
    FOR EACH ROW EXECUTE FUNCTION tenancy._tenant_of_budget_deleted();
