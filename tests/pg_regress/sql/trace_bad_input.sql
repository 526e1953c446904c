-- What cannot be recorded is one clear error, and no row.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\i :suites/../fixtures/traces.sql
CREATE FUNCTION world.traced(what text) RETURNS TABLE (result text, hint text) LANGUAGE plpgsql AS $$
DECLARE
    state text;
BEGIN
    EXECUTE format('SELECT CASE WHEN tenancy.trace(%s) IS NOT NULL THEN ''traced'' END', what) INTO result;
    RETURN NEXT;
EXCEPTION WHEN others THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT, state = RETURNED_SQLSTATE;
    result := state || ' ' || left(sqlerrm, 200);
    RETURN NEXT;
END $$;
\c - regress_world_app
\pset format unaligned
\pset tuples_only on
\pset fieldsep '\n    '
-- Nobody is bound.
SELECT tenancy.trace('decision');
SET tenancy.unbound = 'empty';
SELECT tenancy.trace('decision');
RESET tenancy.unbound;
BEGIN READ ONLY;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.trace('decision');
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT a.what, r.* FROM unnest(ARRAY[
    'NULL',
    '''''',
    '''LLM_CALL''',
    '''redaction''',
    '''denial'', tier => ''pg_tenancy''',
    '''llm_call ''',
    'repeat(''x'', 100000)',
    '''llm_call'', input_tokens => -1',
    '''llm_call'', output_tokens => 1000000000001',
    '''llm_call'', input_tokens => 9223372036854775807',
    '''llm_call'', input_tokens => ''-9223372036854775808''',
    '''llm_call'', turn => -1',
    '''llm_call'', turn => 1000000000001',
    '''llm_call'', cost_usd => ''NaN''',
    '''llm_call'', cost_usd => ''Infinity''',
    '''llm_call'', cost_usd => ''-Infinity''',
    '''llm_call'', cost_usd => -0.01',
    '''llm_call'', cost_usd => 1000000000',
    '''llm_call'', cost_usd => 1e1000',
    '''llm_call'', cost_usd => 1e-100',
    '''llm_call'', cost_usd => 1e-30',
    '''llm_call'', duration_ms => ''NaN''',
    '''llm_call'', duration_ms => ''Infinity''',
    '''llm_call'', duration_ms => ''-Infinity''',
    '''llm_call'', duration_ms => -1',
    '''llm_call'', duration_ms => 1e300',
    '''llm_call'', ''''',
    '''llm_call'', repeat(''m'', 1025)',
    '''llm_call'', tool => ''''',
    '''llm_call'', tool => repeat(''ü'', 513)',
    '''llm_call'', tier => ''''',
    '''llm_call'', outcome => ''''',
    '''llm_call'', session_id => ''''',
    '''llm_call'', session_id => repeat(''s'', 10000000)',
    '''llm_call'', otel_trace_id => ''''',
    '''llm_call'', otel_trace_id => ''4bf92f3577b34da6a3ce929d0e0e473''',
    '''llm_call'', otel_trace_id => ''4BF92F3577B34DA6A3CE929D0E0E4736''',
    '''llm_call'', otel_trace_id => ''4bf92f3577b34da6a3ce929d0e0e473g''',
    '''llm_call'', otel_trace_id => repeat(''0'', 32)',
    '''llm_call'', otel_span_id => ''00f067aa0ba902b''',
    '''llm_call'', otel_span_id => repeat(''0'', 16)',
    '''llm_call'', query => repeat(''q'', 1048577)',
    '''llm_call'', query => repeat(''q'', 10000000)',
    '''llm_call'', query => repeat(''q'', 1048570), sources => ''"123456"''',
    '''llm_call'', detail => to_jsonb(repeat(''x'', 10000000))',
    '''llm_call'', detail => (SELECT jsonb_agg(n) FROM generate_series(1, 1000000) n)',
    '''llm_call'', detail => ''12345678901234567890''',
    '''llm_call'', detail => ''{"a": [0.1000000000000000055511151231257827]}''',
    '''llm_call'', sources => ''1e400''',
    '''llm_call'', sources => ''[1e-400]''',
    '''llm_call'', detail => (repeat(''['', 32) || repeat('']'', 32))::jsonb',
    '''llm_call'', detail => (repeat(''['', 33) || repeat('']'', 33))::jsonb',
    '''llm_call'', detail => (repeat(''{"a":'', 33) || ''1'' || repeat(''}'', 33))::jsonb',
    '''llm_call'', detail => (repeat(''['', 5000) || repeat('']'', 5000))::jsonb',
    '''llm_call'', detail => ''{"": "\u00ad\u200b", "\ud83d\ude00": "</script>"}''',
    '''llm_call'', parent_id => ''nothing''',
    '''llm_call'', tenant_id => ''610be000-0000-4000-8000-000000000002''',
    '''llm_call'', principal => ''somebody else'''
]) WITH ORDINALITY a (what, n), world.traced(a.what) r ORDER BY n;
COMMIT;
\c - :SUPERUSER
SELECT count(*) FROM tenancy.decision_trace WHERE kind <> 'denial';
SELECT world.problems('acme');
-- Who administers is bound to nobody either.
SELECT tenancy.trace('decision');
\i :suites/../fixtures/clear.sql
