-- The record of decisions, and the log that makes tampering with it evident. Rows are written by tenancy.trace(), and the
-- log by tenancy.seal(), alone.

CREATE TABLE tenancy.decision_trace (
    trace_id       uuid PRIMARY KEY,
    tenant_id      uuid NOT NULL,
    scope          tenancy.scope NOT NULL,
    recorded_at    timestamptz NOT NULL,
    kind           text COLLATE "C" NOT NULL,
    principal      text,
    key_id         uuid,
    user_id        text,
    on_behalf_of   text,
    correlation_id text,
    session_id     text,
    turn           bigint,
    parent_id      uuid,
    otel_trace_id  text,
    otel_span_id   text,
    model          text,
    tool           text,
    input_tokens   bigint,
    output_tokens  bigint,
    cost_usd       numeric,
    duration_ms    double precision,
    tier           text,
    outcome        text,
    -- The payload, which can be erased: the leaf has its salted digest only.
    query          text,
    sources        jsonb,
    detail         jsonb,
    payload_salt   bytea CHECK (octet_length(payload_salt) = 16),
    payload_digest bytea CHECK (octet_length(payload_digest) = 32),
    -- The trace that records the erasure.
    redaction_id   uuid,
    leaf           bytea NOT NULL CHECK (octet_length(leaf) = 32),
    -- The transaction that wrote the row, and the system identifier of its server.
    written_in     bigint NOT NULL,
    written_by     bigint NOT NULL
);
CREATE INDEX decision_trace_tenant_id_recorded_at_idx ON tenancy.decision_trace (tenant_id, recorded_at);
CREATE INDEX decision_trace_written_in_idx ON tenancy.decision_trace (written_in);

ALTER TABLE tenancy.decision_trace ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenancy_audit ON tenancy.decision_trace FOR SELECT TO tenancy_auditor USING (true);
CREATE POLICY tenancy_own ON tenancy.decision_trace FOR SELECT TO tenancy_app
    USING (tenant_id = tenancy.current_tenant('trace:read') AND tenancy.scope_visible(scope));

-- A tenant's leaves in the order of its Merkle tree, 256 a row, with the traces they are of; the root once it is full.
CREATE TABLE tenancy.trace_log (
    tenant_id uuid NOT NULL,
    tile      bigint NOT NULL,
    traces    bytea NOT NULL,
    leaves    bytea NOT NULL,
    root      bytea,
    PRIMARY KEY (tenant_id, tile)
);
ALTER TABLE tenancy.trace_log ALTER traces SET STORAGE EXTERNAL, ALTER leaves SET STORAGE EXTERNAL;

-- Signed statements of what a tenant's tree was.
CREATE TABLE tenancy.trace_checkpoint (
    tenant_id uuid NOT NULL,
    size      bigint NOT NULL,
    sealed_at timestamptz NOT NULL,
    note      text NOT NULL,
    PRIMARY KEY (tenant_id, size)
);

-- Up to where the log has all rows of this database: those of transactions that had ended at that point, on that server.
CREATE TABLE tenancy.trace_horizon (
    the_only  boolean PRIMARY KEY DEFAULT true CHECK (the_only),
    server    bigint NOT NULL,
    database  oid NOT NULL,
    snapshot  text NOT NULL,
    sealed_at timestamptz NOT NULL
);

-- The keys that checkpoints were signed with, as a verifier is told them.
CREATE TABLE tenancy.trace_key (
    verifier   text PRIMARY KEY,
    -- Signed with it and those that signed along with it at that time: by it a later key vouches for an earlier one.
    note       text NOT NULL,
    first_used timestamptz NOT NULL DEFAULT now()
);

-- How long payloads are kept; a row without kind is for all kinds that have none of their own.
CREATE TABLE tenancy.trace_retention (
    tenant_id uuid NOT NULL,
    kind      text COLLATE "C",
    max_age   interval NOT NULL CHECK (max_age BETWEEN '0' AND '1000 years'),
    UNIQUE NULLS NOT DISTINCT (tenant_id, kind)
);

SELECT pg_catalog.pg_extension_config_dump('tenancy.decision_trace', '');
SELECT pg_catalog.pg_extension_config_dump('tenancy.trace_log', '');
SELECT pg_catalog.pg_extension_config_dump('tenancy.trace_checkpoint', '');
SELECT pg_catalog.pg_extension_config_dump('tenancy.trace_horizon', '');
SELECT pg_catalog.pg_extension_config_dump('tenancy.trace_key', '');
SELECT pg_catalog.pg_extension_config_dump('tenancy.trace_retention', '');

-- What tenants spent, by who, with which model or tool, a day (UTC). Who asks sees what they may read of the traces.
CREATE VIEW tenancy.usage WITH (security_invoker = true) AS
SELECT d.tenant_id, d.principal, d.model, d.tool, (d.recorded_at AT TIME ZONE 'UTC')::pg_catalog.date AS day,
       pg_catalog.count(*) AS calls,
       pg_catalog.sum(d.input_tokens) AS input_tokens, pg_catalog.sum(d.output_tokens) AS output_tokens,
       pg_catalog.sum(d.cost_usd) AS cost_usd, pg_catalog.sum(d.duration_ms) AS duration_ms
FROM tenancy.decision_trace d
WHERE d.kind OPERATOR(pg_catalog.=) ANY ('{llm_call,tool_call,recall,cache_hit,response}'::pg_catalog.text[])
GROUP BY 1, 2, 3, 4, 5;

-- What was refused, as far as the payload was not erased; no tenant where none was bound.
CREATE VIEW tenancy.denial WITH (security_invoker = true) AS
SELECT d.trace_id, d.recorded_at AS denied_at,
       NULLIF(d.tenant_id, '00000000-0000-0000-0000-000000000000') AS tenant_id, d.principal, d.key_id, d.scope,
       d.detail OPERATOR(pg_catalog.->>) 'denied' AS kind, d.outcome AS sqlstate,
       d.detail OPERATOR(pg_catalog.->>) 'message' AS message,
       -- A tenant may trace denials of its own, with any detail.
       CASE WHEN d.detail OPERATOR(pg_catalog.->>) 'suppressed' OPERATOR(pg_catalog.~) '^[0-9]{1,18}$'
            THEN (d.detail OPERATOR(pg_catalog.->>) 'suppressed')::pg_catalog.int8 END AS suppressed
FROM tenancy.decision_trace d
WHERE d.kind OPERATOR(pg_catalog.=) 'denial';

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tenancy.decision_trace
    FOR EACH STATEMENT EXECUTE FUNCTION tenancy._append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tenancy.trace_log
    FOR EACH STATEMENT EXECUTE FUNCTION tenancy._append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tenancy.trace_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION tenancy._append_only();
ALTER TABLE tenancy.decision_trace ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE tenancy.trace_log ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE tenancy.trace_checkpoint ENABLE ALWAYS TRIGGER append_only;

COMMENT ON TABLE tenancy.decision_trace IS
    'pg_tenancy: every LLM call, tool call, recall and decision, written by tenancy.trace() in the transaction of the work';
COMMENT ON COLUMN tenancy.decision_trace.scope IS 'the scope floor that held when it was recorded';
COMMENT ON COLUMN tenancy.decision_trace.leaf IS
    'SHA-256 of the row in canonical form (RFC 8785), as the leaf of a Merkle tree (RFC 6962)';
COMMENT ON COLUMN tenancy.decision_trace.payload_digest IS
    'SHA-256 of query, sources, detail and salt in canonical form (RFC 8785)';
COMMENT ON COLUMN tenancy.decision_trace.redaction_id IS 'the trace that records the erasure of the payload';
COMMENT ON POLICY tenancy_audit ON tenancy.decision_trace IS 'pg_tenancy: auditors read the traces of all tenants';
COMMENT ON POLICY tenancy_own ON tenancy.decision_trace IS
    'pg_tenancy: a credential with trace:read reads its tenant''s traces within its floor';
COMMENT ON TABLE tenancy.trace_log IS 'pg_tenancy: leaves of each tenant''s Merkle tree in order, written by tenancy.seal()';
COMMENT ON TABLE tenancy.trace_checkpoint IS
    'pg_tenancy: signed checkpoints (C2SP tlog-checkpoint) of each tenant''s Merkle tree';
COMMENT ON TABLE tenancy.trace_horizon IS 'pg_tenancy: up to where the log has all rows';
COMMENT ON TABLE tenancy.trace_key IS 'pg_tenancy: public keys that checkpoints were signed with';
COMMENT ON COLUMN tenancy.trace_key.note IS 'a list of the keys that signed together, signed with each of them';
COMMENT ON TABLE tenancy.trace_retention IS 'pg_tenancy: how long payloads of traces are kept';
COMMENT ON VIEW tenancy.usage IS
    'calls, tokens and cost by tenant, principal, model, tool and day (UTC), from the traces that the caller may read';
COMMENT ON VIEW tenancy.denial IS
    'what was refused though its transaction rolled back: binds, policy violations, budgets; of the traces that the caller may read';
COMMENT ON TRIGGER append_only ON tenancy.decision_trace IS 'pg_tenancy: traces are not changed';
COMMENT ON TRIGGER append_only ON tenancy.trace_log IS 'pg_tenancy: the log is not changed';
COMMENT ON TRIGGER append_only ON tenancy.trace_checkpoint IS 'pg_tenancy: checkpoints are not changed';
