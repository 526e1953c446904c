-- Attack: making the extension's own SQL, which runs as its owner, run what one's own names, types and settings say;
-- and settings that would make a row another text than the one that is verified.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\i :suites/../fixtures/traces.sql
-- A schema in which is named what the extension's SQL is made of.
CREATE SCHEMA world_own;
GRANT USAGE ON SCHEMA world_own TO PUBLIC;
CREATE FUNCTION world_own.caught() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'ran as %', current_user; RETURN true; END $$;
CREATE DOMAIN world_own.jsonb AS pg_catalog.jsonb CHECK (world_own.caught());
CREATE DOMAIN world_own.text AS pg_catalog.text CHECK (world_own.caught());
CREATE DOMAIN world_own.uuid AS pg_catalog.uuid CHECK (world_own.caught());
CREATE DOMAIN world_own.numeric AS pg_catalog.numeric CHECK (world_own.caught());
CREATE DOMAIN world_own.interval AS pg_catalog.interval CHECK (world_own.caught());
CREATE FUNCTION world_own.equal(pg_catalog.uuid, pg_catalog.uuid) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN world_own.caught(); END $$;
CREATE FUNCTION world_own.less(timestamptz, timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN world_own.caught(); END $$;
CREATE FUNCTION world_own.differs(pg_catalog.text, pg_catalog.text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN world_own.caught(); END $$;
CREATE OPERATOR world_own.= (LEFTARG = pg_catalog.uuid, RIGHTARG = pg_catalog.uuid, FUNCTION = world_own.equal);
CREATE OPERATOR world_own.< (LEFTARG = timestamptz, RIGHTARG = timestamptz, FUNCTION = world_own.less);
CREATE OPERATOR world_own.<> (LEFTARG = pg_catalog.text, RIGHTARG = pg_catalog.text, FUNCTION = world_own.differs);
CREATE FUNCTION world_own.now() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN PERFORM world_own.caught(); RETURN pg_catalog.now(); END $$;
CREATE FUNCTION world_own.max(bigint) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN PERFORM world_own.caught(); RETURN 0; END $$;
CREATE FUNCTION world_own.current_setting(pg_catalog.text) RETURNS pg_catalog.text LANGUAGE plpgsql AS $$ BEGIN PERFORM world_own.caught(); RETURN ''; END $$;
\c - regress_world_app
SET search_path = world_own, pg_catalog, world;
-- The trap works.
SELECT '1'::jsonb, pg_catalog.gen_random_uuid() = pg_catalog.gen_random_uuid() AS differ;
BEGIN;
SELECT tenancy.bind(:'acme_boss') OPERATOR(pg_catalog.=) :'acme' AS bound;
SELECT tenancy.trace('llm_call', outcome => 'named', query => 'q', sources => '[1]', detail => '{"a": 1}', cost_usd => 0.5) AS named \gset
SELECT pg_catalog.count(*) FROM tenancy.verify_trace('acme');
SELECT pg_catalog.count(*) FROM tenancy.export_trace('acme');
SELECT tenancy.redact_trace('acme', '2020-01-01'), tenancy.redact_trace('acme', 'infinity', dry_run => true) AS would;
SELECT pg_catalog.count(*) FROM tenancy.trace_verifiers(NULL);
COMMIT;
\c - regress_world_admin
SET search_path = world_own, pg_catalog;
SELECT pg_catalog.count(*) OPERATOR(pg_catalog.>) 0 AS sealed FROM tenancy.seal();
SELECT tenancy.set_retention('acme', '1 year');
SELECT tenancy.set_retention('acme', NULL);
SELECT tenancy.maintain() OPERATOR(pg_catalog.->) 'payloads_erased' AS erased;
\c - regress_world_app
SET search_path = world_own, pg_catalog, world;
BEGIN;
SELECT tenancy.bind(:'acme_boss') OPERATOR(pg_catalog.=) :'acme' AS bound;
SELECT pg_catalog.length(tenancy.inclusion_proof(:'named')) OPERATOR(pg_catalog.>) 100 AS proven;
SELECT pg_catalog.length(tenancy.consistency_proof(NULL, 0, 1)) OPERATOR(pg_catalog.>) 100 AS proven;
SELECT tenancy.redact_trace(:'named'::pg_catalog.uuid);
ROLLBACK;
-- A temporary schema, which comes before all others, is not to be had.
\c - regress_world_app
CREATE TEMP TABLE decision_trace (trace_id uuid);
-- Settings that change how values are written: the row is what it would be without them.
\c - regress_world_app
SET datestyle = 'German, DMY';
SET intervalstyle = 'sql_standard';
SET timezone = 'Asia/Kathmandu';
SET extra_float_digits = -15;
SET bytea_output = 'escape';
SET xmlbinary = 'hex';
SET standard_conforming_strings = off;
SET escape_string_warning = off;
SET backslash_quote = on;
SET quote_all_identifiers = on;
SET array_nulls = off;
SET transform_null_equals = on;
SET lc_monetary = 'C';
SET lc_numeric = 'C';
SET default_transaction_isolation = 'serializable';
SET client_encoding = 'LATIN1';
SET plan_cache_mode = force_generic_plan;
SET enable_seqscan = off;
BEGIN;
SELECT tenancy.bind(:'acme_boss') = :'acme' AS bound;
SELECT count(tenancy.trace('llm_call', outcome => 'odd ' || n, query => 'a\\b', sources => '["\\u0041"]', detail => '{"n": 0.1, "t": "2020-01-01"}', duration_ms => 0.1 + 0.2, cost_usd => 1234.5600)) FROM generate_series(1, 2) n;
SELECT * FROM tenancy.verify_trace('acme');
SELECT tenancy.redact_trace('acme', '01.01.2020 00:00:00.5 UTC') AS erased;
COMMIT;
BEGIN;
SELECT tenancy.bind(:'acme_boss') = :'acme' AS bound;
SELECT regexp_replace(line, '.*("duration_ms":[^,]*,).*("recorded_at":"[0-9]{4}-[0-9]{2}-[0-9]{2}T).*(Z",).*("payload":.*"salt":").*(","sources.*)$', '\\1 \\2 \\3 \\4 \\5') FROM tenancy.export_trace('acme') e (line) WHERE line LIKE '%"odd 1"%';
COMMIT;
\c - :SUPERUSER
SELECT outcome, query, sources, detail, duration_ms, cost_usd FROM tenancy.decision_trace WHERE outcome LIKE 'odd%' ORDER BY outcome;
SELECT world.name_traces();
SELECT * FROM world.seal();
SELECT * FROM world.problems('acme');
SET timezone = 'America/Caracas';
SET extra_float_digits = 0;
SET datestyle = 'SQL';
SET bytea_output = 'escape';
SELECT * FROM world.problems('acme');
SELECT tenancy.redact_trace('acme', 'infinity') AS erased;
SELECT * FROM world.problems('acme');
SET ROLE regress_world_auditor;
SELECT count(*) FROM tenancy.verify_trace('acme');
RESET ROLE;
DROP SCHEMA world_own CASCADE;
\i :suites/../fixtures/clear.sql
