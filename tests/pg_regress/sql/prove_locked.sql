-- A table that another transaction has locked: what could not be tried is neither a pass nor left out, it fails the proof.
-- Nothing waits for the lock for long, and once it is gone the proof passes.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/proofs.sql
SET client_min_messages = error;
-- Reading goes on beside this lock, writing waits.
BEGIN;
LOCK TABLE world.note IN EXCLUSIVE MODE;
PREPARE TRANSACTION 'regress_prove_locked';
SELECT run_id AS run, verdict FROM tenancy.prove('{world.note}', tenants => 1, seed => 1) \gset
SELECT verdict, check_id, severity, object, message FROM tenancy.evidence_run JOIN tenancy.evidence_finding f USING (run_id)
WHERE run_id = :'run' AND (check_id ~ '^(probe_|non|not_probed)' OR object ~ '^world\.') ORDER BY message;
SELECT verb, outcomes FROM world.outcomes(:'run');
-- With one tenant there is no other to make a row of, which is said.
SELECT l AS "limit" FROM jsonb_array_elements_text(world.report(:'run')->'coverage'->'limits') l WHERE l ~ 'one tenant';
ROLLBACK PREPARED 'regress_prove_locked';
-- Nothing goes on beside this one.
BEGIN;
LOCK TABLE world.note;
PREPARE TRANSACTION 'regress_prove_locked';
SELECT verdict FROM tenancy.prove('{world.note}', tenants => 1, seed => 1);
ROLLBACK PREPARED 'regress_prove_locked';
SELECT * FROM world.found('world.note');
SELECT verb, outcomes FROM world.outcomes(world.proof('world.note'));
\i :suites/../fixtures/clear.sql
