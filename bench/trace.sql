-- Where traces are written to be compared: like the extension's own table, indexes and constraints included. Only the
-- scope is of an ordinary type.
CREATE SCHEMA bench;
GRANT USAGE ON SCHEMA bench TO bench_app, bench_plain;
SET search_path = bench;

CREATE TABLE trace_plain (LIKE tenancy.decision_trace INCLUDING ALL);
ALTER TABLE trace_plain ALTER scope TYPE jsonb;
CREATE TABLE trace_chain (LIKE trace_plain INCLUDING ALL);
GRANT INSERT ON trace_plain TO bench_app, bench_plain;

-- What people write by hand where a log must not be changed: each row has the hash of the one before it, and whoever
-- adds one locks the end of the tenant's chain until it commits.
CREATE TABLE chain_head (
    tenant_id uuid PRIMARY KEY,
    hash      bytea NOT NULL
) WITH (fillfactor = 50);

CREATE FUNCTION append_to_chain(added trace_chain) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    previous bytea;
BEGIN
    SELECT h.hash INTO STRICT previous FROM bench.chain_head h WHERE h.tenant_id = added.tenant_id FOR UPDATE;
    added.leaf := sha256(previous || convert_to(added::text, 'UTF8'));
    INSERT INTO bench.trace_chain SELECT added.*;
    UPDATE bench.chain_head h SET hash = added.leaf WHERE h.tenant_id = added.tenant_id;
    RETURN added.trace_id;
END
$$;
GRANT INSERT ON trace_chain TO bench_app;
GRANT SELECT, UPDATE ON chain_head TO bench_app;
