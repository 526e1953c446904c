-- Statistics tell of all tenants' rows: values in pg_stats, counts in the pg_stat views, sizes on disk.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_side_channel_statistics_owner, regress_side_channel_statistics_app;
CREATE ROLE regress_side_channel_statistics_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_side_channel_statistics_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA side_channel_statistics AUTHORIZATION regress_side_channel_statistics_owner;
GRANT USAGE ON SCHEMA side_channel_statistics TO regress_side_channel_statistics_app;
SELECT tenancy.create_tenant('side_channel_statistics.acme') AS acme, tenancy.create_tenant('side_channel_statistics.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('side_channel_statistics.acme', 'test') \gset
SET ROLE regress_side_channel_statistics_owner;
CREATE TABLE side_channel_statistics.doc (tenant_id uuid NOT NULL, id int, body text);
CREATE INDEX ON side_channel_statistics.doc (tenant_id);
INSERT INTO side_channel_statistics.doc SELECT :'globex', n, 'globex ' || n % 7 FROM generate_series(1, 500) n;
INSERT INTO side_channel_statistics.doc VALUES (:'acme', 1, 'acme 1');
SELECT tenancy.protect('side_channel_statistics.doc');
GRANT SELECT ON side_channel_statistics.doc TO regress_side_channel_statistics_app;
RESET ROLE;
CREATE STATISTICS side_channel_statistics.both (mcv) ON body, id FROM side_channel_statistics.doc;
ANALYZE side_channel_statistics.doc;
CREATE TABLE side_channel_statistics.hand AS TABLE side_channel_statistics.doc;
ANALYZE side_channel_statistics.hand;
DROP ROLE IF EXISTS regress_side_channel_statistics_plain;
CREATE ROLE regress_side_channel_statistics_plain LOGIN; -- not a tenant's: the control
GRANT USAGE ON SCHEMA side_channel_statistics TO regress_side_channel_statistics_plain;
GRANT SELECT ON side_channel_statistics.hand, side_channel_statistics.doc TO regress_side_channel_statistics_plain;
CREATE FUNCTION side_channel_statistics.answers(function oid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE (SELECT format('SELECT * FROM %s(%s)', p.oid::regproc,
                           (SELECT string_agg('0::text::' || format_type(t, NULL), ', ') FROM unnest(p.proargtypes) t))
             FROM pg_proc p WHERE p.oid = function);
    RETURN true;
EXCEPTION WHEN insufficient_privilege THEN RETURN false;
    WHEN invalid_text_representation OR invalid_parameter_value THEN RETURN true;
END $$;
\c - regress_side_channel_statistics_plain
-- The control: without row security the values are there; with it Postgres hides them from every role that it binds.
SELECT attname FROM pg_stats WHERE schemaname = 'side_channel_statistics' AND tablename = 'hand' AND most_common_vals::text LIKE '%globex%';
SELECT attname FROM pg_stats WHERE schemaname = 'side_channel_statistics' AND tablename = 'doc';
SELECT statistics_name FROM pg_stats_ext WHERE schemaname = 'side_channel_statistics';
SELECT statistics_name FROM pg_stats_ext_exprs WHERE schemaname = 'side_channel_statistics';
\c - regress_side_channel_statistics_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
-- A tenant's session does not even ask.
SELECT attname FROM pg_stats WHERE schemaname = 'side_channel_statistics' AND tablename = 'doc';
SELECT statistics_name FROM pg_stats_ext WHERE schemaname = 'side_channel_statistics';
SELECT statistics_name FROM pg_stats_ext_exprs WHERE schemaname = 'side_channel_statistics';
SELECT * FROM pg_statistic;
SELECT * FROM pg_statistic_ext_data;
-- Counts of rows read, written, living and dead; of scans; of what this very transaction read.
SELECT n_live_tup, n_dead_tup FROM pg_stat_user_tables WHERE relname = 'doc';
SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'doc';
SELECT idx_tup_read FROM pg_stat_user_indexes WHERE relname = 'doc';
SELECT heap_blks_hit FROM pg_statio_user_tables WHERE relname = 'doc';
SELECT pg_stat_get_live_tuples('side_channel_statistics.doc'::regclass);
SELECT pg_stat_get_xact_tuples_returned('side_channel_statistics.doc'::regclass);
SELECT pg_stat_get_xact_tuples_fetched('side_channel_statistics.doc'::regclass);
SELECT pg_stat_get_mod_since_analyze('side_channel_statistics.doc'::regclass);
SELECT pg_stat_get_ins_since_vacuum('side_channel_statistics.doc'::regclass);
-- Of other sessions: their statements, their progress.
SELECT query FROM pg_stat_activity;
SELECT pg_stat_get_backend_activity(1);
-- Of the database: what one statement adds to these, it read below the policies.
\set VERBOSITY sqlstate
SELECT tup_returned FROM pg_stat_database LIMIT 1;
SELECT pg_stat_get_db_tuples_returned(0);
SELECT * FROM pg_stat_progress_copy;
SELECT * FROM pg_stat_get_progress_info('COPY');
SELECT reads FROM pg_stat_io LIMIT 1;
SELECT wal_bytes FROM pg_stat_wal;
SELECT pg_stat_get_function_calls(0), pg_stat_get_xact_function_calls(0);
-- Statements that the pool's other tenants left prepared, or that this role ran for them; rows they lock.
SELECT statement FROM pg_prepared_statements;
SELECT count(*) FROM pg_locks;
-- How large the table has grown.
SELECT pg_relation_size('side_channel_statistics.doc');
SELECT pg_table_size('side_channel_statistics.doc');
SELECT pg_total_relation_size('side_channel_statistics.doc');
SELECT pg_indexes_size('side_channel_statistics.doc');
SELECT currtid2('side_channel_statistics.doc', '(999999,1)');
\set VERBOSITY terse
ROLLBACK;
-- Nor before anything is bound.
SELECT n_live_tup FROM pg_stat_user_tables WHERE relname = 'doc';
-- Every function of these families that the server has: none answers.
SELECT p.oid::regprocedure AS answers
FROM pg_proc p
WHERE p.pronamespace = 'pg_catalog'::regnamespace
  AND p.proname ~ '^pg_stat_get_(?!(snapshot|replication|subscription|wal_senders|wal_receiver|archiver|recovery|bgwriter|checkpointer|buf_))'
  AND side_channel_statistics.answers(p.oid)
ORDER BY p.oid::regprocedure::text COLLATE "C";
\c - :admin
SELECT count(*) > 50 AS control FROM pg_proc p
WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname LIKE 'pg\_stat\_get\_%' AND side_channel_statistics.answers(p.oid);
\c - :admin
SET client_min_messages = warning;
DROP OWNED BY regress_side_channel_statistics_plain;
DROP ROLE regress_side_channel_statistics_plain;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA side_channel_statistics CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'side_channel_statistics.%';
DROP ROLE regress_side_channel_statistics_owner, regress_side_channel_statistics_app;
