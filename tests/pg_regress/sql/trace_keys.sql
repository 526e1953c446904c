-- The key file: none, unreadable, malformed, somebody else's; and how one key follows another.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\i :suites/../fixtures/traces.sql
\set ECHO none
\i :suites/../fixtures/seal_keys.sql
SELECT current_setting('tenancy.seal_key_file') AS seal_key_file, current_setting('data_directory') || '/regress_seal.key' AS key_file \gset
-- Writes the key file, as the server's own user.
CREATE PROCEDURE world.write_keys(file text, VARIADIC lines text[]) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('COPY (SELECT unnest(%L::text[])) TO PROGRAM %L', lines, format('umask 077; cat > %s', file));
END $$;
\setenv SETTING tenancy.seal_key_file
\set ECHO all
-- The server's configuration sets it, and nobody sees where it is but who may see all settings.
SET tenancy.seal_key_file = '/tmp/own.key';
\c - regress_world_app
SET tenancy.seal_key_file = '/tmp/own.key';
SHOW tenancy.seal_key_file;
SELECT count(*) FROM pg_settings WHERE name = 'tenancy.seal_key_file' AND setting <> '';
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT count(tenancy.trace('decision', outcome => 'a' || n)) FROM generate_series(1, 3) n;
COMMIT;
\c - :SUPERUSER
SELECT world.name_traces();
-- None.
ALTER SYSTEM SET tenancy.seal_key_file = '';
SELECT pg_reload_conf();
\setenv VALUE ''
\! eval "$AWAIT"
SELECT * FROM world.seal();
SELECT tenancy.maintain() -> 'tenants_sealed' AS none;
SELECT tenancy.trace_verifiers('acme');
SELECT * FROM world.problems('acme');
-- Missing.
ALTER SYSTEM SET tenancy.seal_key_file = '/nonexistent/seal.key';
SELECT pg_reload_conf();
\setenv VALUE /nonexistent/seal.key
\! eval "$AWAIT"
SELECT * FROM world.seal();
SELECT tenancy.maintain();
SELECT * FROM world.problems('acme');
-- Nothing usable in it.
ALTER SYSTEM SET tenancy.seal_key_file = :'key_file';
SELECT pg_reload_conf() AS reloaded \gset
\setenv VALUE :key_file
\! eval "$AWAIT"
CREATE FUNCTION world.sealed_with(file text, VARIADIC lines text[]) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    CALL world.write_keys(file, VARIADIC lines);
    RETURN world.attempt('SELECT coalesce(string_agg(size::text, '' ''), ''nothing to seal'') FROM world.seal()');
END $$;
\set VERBOSITY terse
SELECT n, world.sealed_with(:'key_file', VARIADIC lines) FROM (VALUES
    (1, ARRAY['']), (2, ARRAY['# only a remark']), (3, ARRAY['nothing']), (4, ARRAY[:'seal_key' || 'x']), (5, ARRAY[replace(:'seal_key', 'a4a94176', 'a4a94177')]),
    (6, ARRAY[replace(:'seal_key', 'PRIVATE+KEY+', '')]), (7, ARRAY[:'seal_key', 'nothing']), (8, ARRAY[repeat('#', 70000)]), (9, ARRAY['PRIVATE+KEY++a4a94176+AAAA'])
) k (n, lines) ORDER BY n;
CALL world.write_keys(:'key_file', :'seal_key', '', '# a remark');
-- Others can read it.
COPY (SELECT 1) TO PROGRAM 'chmod 640 regress_seal.key; cat >/dev/null';
SELECT * FROM world.seal();
COPY (SELECT 1) TO PROGRAM 'chmod 600 regress_seal.key; cat >/dev/null';
\set VERBOSITY default
SELECT * FROM world.seal();
SELECT split_part(verifier, '+', 1) AS name, split_part(verifier, '+', 2) AS id FROM tenancy.trace_key ORDER BY first_used;
-- Somebody else's key signs nothing, also if it has the same name; nor does one that stands alone.
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.trace('decision', outcome => 'a4') IS NOT NULL AS traced;
COMMIT;
\c - :SUPERUSER
SELECT world.name_traces();
SELECT world.sealed_with(:'key_file', :'foreign_key');
SELECT * FROM world.problems('acme');
SELECT world.sealed_with(:'key_file', :'later_key');
-- The file may be wrong even where nothing is to be sealed.
SELECT count(*) FROM tenancy.trace_checkpoint WHERE tenant_id = :'acme';
-- Rotation: the new key above the old one; both sign, for a while.
SELECT world.sealed_with(:'key_file', :'later_key', :'seal_key');
SELECT split_part(verifier, '+', 1) AS name, split_part(verifier, '+', 2) AS id FROM tenancy.trace_key ORDER BY first_used, verifier;
SELECT size, (SELECT count(*) FROM regexp_matches(note, '^— ', 'gn')) AS signatures FROM tenancy.trace_checkpoint JOIN tenancy.tenant USING (tenant_id) WHERE slug = 'acme' ORDER BY size;
SELECT * FROM world.problems('acme');
SELECT count(*) FROM tenancy.trace_verifiers('acme');
-- Then the old one goes, and what it signed is still good.
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.trace('decision', outcome => 'a5') IS NOT NULL AS traced;
COMMIT;
\c - :SUPERUSER
SELECT world.name_traces();
SELECT world.sealed_with(:'key_file', :'later_key');
SELECT size, (SELECT count(*) FROM regexp_matches(note, '^— ', 'gn')) AS signatures FROM tenancy.trace_checkpoint JOIN tenancy.tenant USING (tenant_id) WHERE slug = 'acme' ORDER BY size;
SELECT * FROM world.problems('acme');
-- A key with another name makes logs of another origin; in company of the present one it may follow it.
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.trace('decision', outcome => 'a6') IS NOT NULL AS traced;
COMMIT;
\c - :SUPERUSER
SELECT world.name_traces();
SELECT world.sealed_with(:'key_file', :'renamed_key');
SELECT world.sealed_with(:'key_file', :'renamed_key', :'later_key');
SELECT size, world.plain(split_part(note, E'\n', 1)) AS origin, (SELECT count(*) FROM regexp_matches(note, '^— ', 'gn')) AS signatures FROM tenancy.trace_checkpoint JOIN tenancy.tenant USING (tenant_id) WHERE slug = 'acme' ORDER BY size;
SELECT * FROM world.problems('acme');
-- From the last key back to the first, each vouches for the one before it.
CALL world.write_keys(:'key_file', :'renamed_key');
SELECT * FROM world.problems('acme');
SELECT count(*) FROM tenancy.trace_verifiers('acme');
-- Who can write every table, and not the file, signs a history of his own with a key of his own, made elsewhere.
CREATE TABLE world.genuine AS SELECT * FROM tenancy.trace_key;
BEGIN;
DO $$ BEGIN
    EXECUTE (SELECT string_agg(format('ALTER TABLE %s DISABLE TRIGGER append_only', tgrelid::regclass), ';') FROM pg_trigger WHERE tgname = 'append_only');
END $$;
DELETE FROM tenancy.decision_trace WHERE outcome = 'a2';
DELETE FROM tenancy.trace_log;
DELETE FROM tenancy.trace_checkpoint;
DELETE FROM tenancy.trace_key;
DELETE FROM tenancy.trace_horizon;
SELECT world.sealed_with(:'key_file', :'foreign_key');
-- As long as the file is his, all is well: he controls the server. A checkpoint that was kept elsewhere still tells.
SELECT * FROM world.problems('acme');
CALL world.write_keys(:'key_file', :'renamed_key', :'later_key');
SELECT * FROM world.problems('acme');
-- Also with his key beside the genuine ones, whatever note he gives it.
INSERT INTO tenancy.trace_key SELECT * FROM world.genuine;
SELECT * FROM world.problems('acme');
SELECT count(*) FROM tenancy.trace_verifiers('acme');
UPDATE tenancy.trace_key SET note = (SELECT note FROM world.genuine LIMIT 1) WHERE verifier LIKE '%+a45ed37a+%';
SELECT count(*) FROM world.problems('acme');
UPDATE tenancy.trace_key SET note = (SELECT note FROM tenancy.trace_checkpoint LIMIT 1) WHERE verifier LIKE '%+a45ed37a+%';
SELECT count(*) FROM world.problems('acme');
ROLLBACK;
SELECT * FROM world.problems('acme');
-- A genuine one without its note vouches for nobody, and nobody for it; that of the file needs none.
BEGIN;
UPDATE tenancy.trace_key SET note = '';
SELECT * FROM world.problems('acme');
ROLLBACK;
BEGIN;
DELETE FROM tenancy.trace_key WHERE verifier LIKE '%+d0ac0c3e+%';
SELECT * FROM world.problems('acme');
ROLLBACK;
ALTER SYSTEM RESET tenancy.seal_key_file;
SELECT pg_reload_conf() AS reloaded \gset
\setenv VALUE :seal_key_file
\! eval "$AWAIT"
COPY (SELECT '') TO PROGRAM 'cat > regress_seal.key && rm regress_seal.key';
\i :suites/../fixtures/clear.sql
