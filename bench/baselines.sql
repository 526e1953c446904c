-- What the protected table is measured against: its copy without row security, and its copy with the policy that
-- people write by hand.
SET search_path = bench;

CREATE TABLE doc_plain (LIKE doc INCLUDING INDEXES);
INSERT INTO doc_plain TABLE doc;
ALTER TABLE doc_plain OWNER TO bench_owner;

CREATE TABLE doc_hand (LIKE doc INCLUDING INDEXES);
INSERT INTO doc_hand TABLE doc;
ALTER TABLE doc_hand OWNER TO bench_owner;
ALTER TABLE doc_hand ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY by_setting ON doc_hand USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));

-- The owner, whom the policies bind as well, shows the plans.
GRANT USAGE ON SCHEMA tenancy TO bench_owner;
GRANT EXECUTE ON FUNCTION tenancy.is_protected(), tenancy.current_tenant(text), tenancy.whole_tenant(text),
    tenancy.readable_tenants(regclass), tenancy.scope_visible(tenancy.scope), tenancy.row_visible(regclass, anyelement),
    tenancy.row_visible(regclass, anyelement, tenancy.scope) TO bench_owner;

-- Ten credentials at a time, so that fetching them hardly counts.
CREATE TABLE batch (
    kind        text NOT NULL,
    n           int NOT NULL,
    tenants     uuid[] NOT NULL,
    credentials text[] NOT NULL,
    contexts    text[],
    PRIMARY KEY (kind, n)
) WITH (toast_tuple_target = 8160);
ALTER TABLE batch ALTER credentials SET STORAGE EXTERNAL;
