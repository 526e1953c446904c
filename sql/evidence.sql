-- Runs of tenancy.prove(), and what they found. Written by it alone.

CREATE TABLE tenancy.evidence_run (
    run_id     uuid PRIMARY KEY,
    started_at timestamptz NOT NULL,
    ended_at   timestamptz NOT NULL,
    prover     name NOT NULL,
    verdict    text NOT NULL CHECK (verdict IN ('pass', 'fail')),
    findings   bigint NOT NULL,
    probes     bigint NOT NULL,
    pairs      bigint NOT NULL,
    -- The report in canonical form (RFC 8785), and the note that was signed of it.
    report     text NOT NULL,
    note       text,
    -- The trace of tenant shared that has the report's digest in its log.
    trace_id   uuid NOT NULL
);
CREATE INDEX evidence_run_started_at_idx ON tenancy.evidence_run (started_at);
ALTER TABLE tenancy.evidence_run ALTER report SET STORAGE EXTENDED;

CREATE TABLE tenancy.evidence_finding (
    run_id      uuid NOT NULL,
    check_id    text NOT NULL,
    severity    text NOT NULL CHECK (severity IN ('critical', 'high', 'medium', 'low')),
    object      text NOT NULL,
    message     text NOT NULL,
    remediation text NOT NULL
);
CREATE INDEX evidence_finding_run_id_idx ON tenancy.evidence_finding (run_id);

SELECT pg_catalog.pg_extension_config_dump('tenancy.evidence_run', '');
SELECT pg_catalog.pg_extension_config_dump('tenancy.evidence_finding', '');

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tenancy.evidence_run
    FOR EACH STATEMENT EXECUTE FUNCTION tenancy._append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tenancy.evidence_finding
    FOR EACH STATEMENT EXECUTE FUNCTION tenancy._append_only();
ALTER TABLE tenancy.evidence_run ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE tenancy.evidence_finding ENABLE ALWAYS TRIGGER append_only;

COMMENT ON TABLE tenancy.evidence_run IS 'pg_tenancy: proofs of the isolation, written by tenancy.prove()';
COMMENT ON COLUMN tenancy.evidence_run.report IS 'what was found, as canonical JSON (RFC 8785)';
COMMENT ON COLUMN tenancy.evidence_run.note IS 'a signed note (C2SP) of the report''s digest, where the server has a key';
COMMENT ON COLUMN tenancy.evidence_run.trace_id IS 'the trace of tenant shared that has the digest of the report in its log';
COMMENT ON TABLE tenancy.evidence_finding IS 'pg_tenancy: what proofs of the isolation found';
COMMENT ON TRIGGER append_only ON tenancy.evidence_run IS 'pg_tenancy: evidence is not changed';
COMMENT ON TRIGGER append_only ON tenancy.evidence_finding IS 'pg_tenancy: evidence is not changed';
