-- Auditors and administrators prove and read the evidence; an application, a table's owner and anybody else does not.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/proofs.sql
SET client_min_messages = error;
CREATE ROLE regress_world_auditor LOGIN IN ROLE tenancy_auditor;
SELECT world.proof('world.note') AS run \gset
\set each 'SELECT world.attempt(format(\'SELECT verdict IS NOT NULL FROM %s\', \'tenancy.prove(\'\'{world.note}\'\')\')) AS prove, world.attempt(\'SELECT length(tenancy.evidence(\' || quote_literal(:\'run\') || \')) > 1000\') AS evidence, world.attempt(\'SELECT count(*) > 0 FROM tenancy.evidence_run\') AS runs, world.attempt(\'SELECT count(*) >= 0 FROM tenancy.evidence_finding\') AS findings, world.attempt(\'INSERT INTO tenancy.evidence_finding SELECT\') AS insert;'
\c - regress_world_auditor
SET client_min_messages = error;
:each
-- The evidence says who.
SELECT prover FROM tenancy.evidence_run r ORDER BY r.started_at DESC LIMIT 1;
-- With what it has no privilege on.
SELECT count(*) FROM world.note;
\c - regress_world_admin
SET client_min_messages = error;
:each
\c - regress_world_app
:each
\c - regress_world_plain
:each
\c - :SUPERUSER
\i :suites/../fixtures/clear.sql
