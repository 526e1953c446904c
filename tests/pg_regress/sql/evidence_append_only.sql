-- Evidence is kept as it was made: nobody changes or removes it, and what was changed all the same is not handed out.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/proofs.sql
SET client_min_messages = error;
SELECT world.proof('world.note') AS run \gset
SELECT secret AS reader_key FROM tenancy.create_key('acme', 'reader', '{read,trace:read}') \gset
\set each 'SELECT world.attempt(a) FROM unnest(ARRAY[\'UPDATE tenancy.evidence_run SET verdict = \'\'pass\'\'\', \'DELETE FROM tenancy.evidence_run\', \'TRUNCATE tenancy.evidence_run\', \'UPDATE tenancy.evidence_finding SET severity = \'\'low\'\'\', \'DELETE FROM tenancy.evidence_finding\', \'TRUNCATE tenancy.evidence_finding\']) a;'
:each
SET session_replication_role = replica;
:each
RESET session_replication_role;
\c - regress_world_admin
:each
-- The trace of it is the extension's own: no administrator erases what it says, and nobody can make one like it.
SELECT tenancy.redact_trace(r.trace_id) FROM tenancy.evidence_run r WHERE r.run_id = :'run';
SELECT tenancy.redact_trace('shared', 'infinity', '{proof}');
SELECT tenancy.set_retention('shared', '0', 'proof');
SELECT tenancy.set_retention('shared', '0');
SELECT tenancy.redact_trace('shared', 'infinity') >= 0 AS redacted;
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.trace('proof', outcome => 'pass');
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'reader_key') = :'acme' AS bound;
SELECT count(*) FROM tenancy.decision_trace WHERE kind = 'proof';
ROLLBACK;
\c - :SUPERUSER
SET client_min_messages = error;
-- It is as it was, and in the log of tenant shared.
SELECT d.kind, d.tier, d.tool, d.principal, d.outcome ~ '^(pass|fail) SHA-256:[A-Za-z0-9+/]{43}=$' AS digest, d.correlation_id = r.run_id::text AS named
FROM tenancy.evidence_run r JOIN tenancy.decision_trace d USING (trace_id) WHERE r.run_id = :'run';
SELECT count(*) FROM tenancy.seal() WHERE tenant_id = '00000000-0000-0000-0000-000000000000';
SELECT * FROM tenancy.verify_trace('shared');
SELECT length(tenancy.evidence(:'run')) > 1000 AS handed_out;
-- A superuser who takes the triggers away changes it: that shows.
BEGIN;
ALTER TABLE tenancy.evidence_run DISABLE TRIGGER append_only;
UPDATE tenancy.evidence_run SET report = replace(report, '"known_tenants":', '"known_tenants":1') WHERE run_id = :'run';
SELECT tenancy.evidence(:'run', f) FROM unnest('{json}'::text[]) f;
ROLLBACK;
BEGIN;
ALTER TABLE tenancy.evidence_run DISABLE TRIGGER append_only;
UPDATE tenancy.evidence_run SET report = 'no JSON' WHERE run_id = :'run';
SELECT tenancy.evidence(:'run', 'html');
ROLLBACK;
-- Another run's report, with its trace.
SELECT world.proof('world.note') AS other \gset
BEGIN;
ALTER TABLE tenancy.evidence_run DISABLE TRIGGER append_only;
UPDATE tenancy.evidence_run r SET (report, note, trace_id) = (SELECT o.report, o.note, o.trace_id FROM tenancy.evidence_run o WHERE o.run_id = :'other') WHERE r.run_id = :'run';
SELECT tenancy.evidence(:'run', 'tap');
ROLLBACK;
BEGIN;
ALTER TABLE tenancy.decision_trace DISABLE TRIGGER append_only;
DELETE FROM tenancy.decision_trace d USING tenancy.evidence_run r WHERE d.trace_id = r.trace_id AND r.run_id = :'run';
SELECT tenancy.evidence(:'run', 'oscal');
ROLLBACK;
\i :suites/../fixtures/clear.sql
