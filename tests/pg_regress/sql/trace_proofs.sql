-- Proofs for a verifier without a database: to whom they are given, what they look like, and what there is none of.
-- That they hold, the tests of the verifier judge.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\i :suites/../fixtures/traces.sql
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT count(tenancy.trace('decision', outcome => 'a' || n)) FROM generate_series(1, 3) n;
COMMIT;
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT tenancy.trace('decision', outcome => 'g1') AS g1 \gset
COMMIT;
\c - :SUPERUSER
SELECT * FROM world.seal();
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT count(tenancy.trace('decision', outcome => 'a' || n)) FROM generate_series(4, 300) n;
COMMIT;
\c - :SUPERUSER
SELECT * FROM world.seal();
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_boss') = :'acme' AS bound;
SELECT tenancy.trace('decision', outcome => 'unsealed') IS NOT NULL AS traced;
COMMIT;
\c - :SUPERUSER
SELECT world.name_traces();
SELECT world.trace('a2') AS a2, world.trace('a300') AS a300, world.trace('unsealed') AS unsealed \gset
CREATE FUNCTION world.proof(text) RETURNS text LANGUAGE sql AS $$
    SELECT regexp_replace(regexp_replace(world.plain($1), '^[A-Za-z0-9+/]{43}=$', '<base64 of a hash>', 'gn'), '[A-Za-z0-9+/]{90,}={0,2}$', '<signature>', 'gn')
$$;
\pset format unaligned
\pset tuples_only on
SELECT world.proof(tenancy.inclusion_proof(:'a2'));
SELECT world.proof(tenancy.inclusion_proof(:'a300'));
SELECT world.proof(tenancy.inclusion_proof(:'g1'));
SELECT world.tried(format('SELECT tenancy.inclusion_proof(%L)', :'unsealed'));
SELECT tenancy.inclusion_proof('00000000-0000-0000-0000-000000000000');
SELECT tenancy.inclusion_proof(NULL);
SELECT world.proof(tenancy.consistency_proof('acme', 3, 300));
SELECT world.proof(tenancy.consistency_proof('acme', 0, 300));
SELECT world.proof(tenancy.consistency_proof('acme', 300, 300));
SELECT tenancy.consistency_proof('acme', 3, 299);
SELECT tenancy.consistency_proof('acme', 4, 3);
SELECT tenancy.consistency_proof('acme', -1, 3);
SELECT tenancy.consistency_proof('acme', NULL, 3);
SELECT tenancy.consistency_proof('acme', 3, 9223372036854775807);
SELECT tenancy.consistency_proof('nobody', 3, 300);
SELECT tenancy.consistency_proof(NULL, 3, 300);
SELECT regexp_replace(world.plain(tenancy.trace_verifiers('acme')), '\+[0-9a-f]{8}\+', '+<key id>+');
SELECT regexp_replace(world.plain(tenancy.trace_verifiers('globex')), '\+[0-9a-f]{8}\+', '+<key id>+');
SELECT tenancy.trace_verifiers('nobody');
-- Each tenant's log is one of its own, with a key of its own name.
SELECT count(DISTINCT v) FROM (SELECT tenancy.trace_verifiers('acme') UNION ALL SELECT tenancy.trace_verifiers('globex')) v (v);
-- A tenant without traces, and one that is gone: what it had stays provable, by its id.
SELECT count(*) FROM tenancy.export_trace('initech');
SELECT count(*) FROM tenancy.verify_trace('initech');
DELETE FROM tenancy.tenant WHERE slug = 'globex';
SELECT count(*) FROM tenancy.verify_trace('globex');
SELECT count(*) FROM tenancy.verify_trace(:'globex');
SELECT count(*) FROM tenancy.export_trace(:'globex');
SELECT length(tenancy.inclusion_proof(:'g1')) > 100 AS proven;
\i :suites/../fixtures/clear.sql
