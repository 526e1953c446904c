-- Whatever is wrong with recall's arguments is one clear error; recall_plan says the same.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.chunk (tenant_id text NOT NULL, id int, lang text, price numeric, meta jsonb, raw json, tags text[], embedding vector(3), loose vector, half halfvec(3), PRIMARY KEY (tenant_id, id));
INSERT INTO world.chunk SELECT 'acme', n, 'en', n, '{"a": [1, 2]}', '{}', '{a}', ARRAY[1, n, 0], ARRAY[1, n, 0], ARRAY[1, n, 0] FROM generate_series(1, 20) n;
CREATE TABLE world.words (tenant_id text NOT NULL, id int, title tsvector, body tsvector, embedding vector(3), PRIMARY KEY (tenant_id, id));
CREATE TABLE world.wordless (tenant_id text NOT NULL, id int, embedding vector(3), PRIMARY KEY (tenant_id, id));
CREATE TABLE world.open (tenant_id text NOT NULL, embedding vector(3));
CREATE TABLE world."it's open" (embedding vector(3));
CREATE TABLE world.sparse (tenant_id text NOT NULL, embedding sparsevec(3), PRIMARY KEY (tenant_id));
CREATE TABLE world.parted (tenant_id text NOT NULL, embedding vector(3), PRIMARY KEY (tenant_id)) PARTITION BY LIST (tenant_id);
CREATE TABLE world.part PARTITION OF world.parted DEFAULT;
CREATE VIEW world.seen WITH (security_invoker = true) AS SELECT * FROM world.chunk;
CREATE TYPE world.pair AS (id int, embedding vector(3));
CREATE DOMAIN world.domained AS world.pair;
\set ECHO none
SELECT format('ALTER TABLE world.%I OWNER TO regress_world_owner', t) FROM unnest('{chunk,words,wordless,sparse,parted,part}'::text[]) t \gexec
\set ECHO all
SELECT tenancy.protect(t) FROM unnest('{world.chunk,world.words,world.wordless,world.sparse,world.parted}'::regclass[]) t;
GRANT SELECT ON ALL TABLES IN SCHEMA world TO regress_world_app;
-- What each call gives, or its SQLSTATE and hint; and what recall_plan raises, if that is another error.
CREATE FUNCTION world.asked(what text) RETURNS TABLE (result text, hint text, plan text) LANGUAGE plpgsql AS $$
DECLARE
    state text;
    message text;
BEGIN
    EXECUTE format('SELECT count(*)::text FROM tenancy.recall(%s)', what) INTO result;
    EXECUTE format('SELECT FROM tenancy.recall_plan(%s)', what);
    RETURN NEXT;
EXCEPTION WHEN others THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT, state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
    result := state || ' ' || message;
    BEGIN
        EXECUTE format('SELECT FROM tenancy.recall_plan(%s)', what);
        plan := 'no error';
    EXCEPTION WHEN others THEN
        GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
        plan := nullif(state || ' ' || replace(message, 'recall_plan', 'recall'), result);
    END;
    RETURN NEXT;
END $$;
\c - regress_world_app
\pset format unaligned
\pset tuples_only on
\pset fieldsep '\n    '
\pset footer off
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT a.what, r.* FROM unnest(ARRAY[
    -- Nothing is wrong.
    'NULL::chunk, ''[1,0,0]'', vector_column => ''embedding''',
    'NULL::wordless, ''[1,0,0]''',
    'ROW(''globex'', 1, NULL)::wordless, ''[1,0,0]'', 1000000, ''{}'', ''{}''',
    'NULL::wordless, ''[1,0,0]'', 5, NULL, NULL, NULL, NULL, NULL',
    'NULL::words, ''[1,0,0]'', text_column => ''missing''',
    -- How many.
    'NULL::wordless, ''[1,0,0]'', NULL',
    'NULL::wordless, ''[1,0,0]'', 0',
    'NULL::wordless, ''[1,0,0]'', -2147483648',
    'NULL::wordless, ''[1,0,0]'', 1000001',
    'NULL::wordless, ''[1,0,0]'', 10000000000',
    -- The vector.
    'NULL::wordless, NULL',
    'NULL::wordless, ''''',
    'NULL::wordless, ''[]''',
    'NULL::wordless, ''[1,0]''',
    'NULL::wordless, ''[1,0,0,0]''',
    'NULL::wordless, array_fill(1::real, ARRAY[16000])::vector',
    'NULL::wordless, ''[1,NaN,0]''',
    'NULL::wordless, ''[1,Infinity,0]''',
    'NULL::wordless, ''[1e39,0,0]''',
    'NULL::wordless, ''[0,0,0]''',
    'NULL::wordless, ''[1e-30,0,0]''',
    'NULL::wordless, ''[1e30,0,0]''',
    'NULL::chunk, ''[1,0]'', vector_column => ''loose''',
    'NULL::chunk, ''[1e-9,0,0]'', vector_column => ''half''',
    'NULL::chunk, ''[1e-7,0,0]'', vector_column => ''half''',
    'NULL::chunk, ''[70000,0,0]'', vector_column => ''half''',
    'NULL::wordless, ''[1,0,0]''::halfvec',
    'NULL::wordless, ''{1,0,0}''::real[]',
    -- The table.
    'NULL, ''[1,0,0]''',
    'NULL::record, ''[1,0,0]''',
    'ROW(1, 2), ''[1,0,0]''',
    'NULL::int, ''[1,0,0]''',
    'NULL::chunk[], ''[1,0,0]''',
    'NULL::pair, ''[1,0,0]''',
    'NULL::domained, ''[1,0,0]''',
    'NULL::seen, ''[1,0,0]''',
    'NULL::part, ''[1,0,0]''',
    'NULL::open, ''[1,0,0]''',
    'NULL::"it''s open", ''[1,0,0]''',
    'NULL::pg_class, ''[1,0,0]''',
    'NULL::tenancy.tenant, ''[1,0,0]''',
    'NULL::note, ''[1,0,0]''',
    'NULL::sparse, ''[1,0,0]''',
    -- The column of vectors.
    'NULL::chunk, ''[1,0,0]''',
    'NULL::chunk, ''[1,0,0]'', vector_column => ''missing''',
    'NULL::chunk, ''[1,0,0]'', vector_column => ''Embedding''',
    'NULL::chunk, ''[1,0,0]'', vector_column => ''''',
    'NULL::chunk, ''[1,0,0]'', vector_column => ''lang''',
    'NULL::chunk, ''[1,0,0]'', vector_column => ''ctid''',
    -- The filter.
    'NULL::wordless, ''[1,0,0]'', filter => ''[]''',
    'NULL::wordless, ''[1,0,0]'', filter => ''[{"id": 1}]''',
    'NULL::wordless, ''[1,0,0]'', filter => ''"id"''',
    'NULL::wordless, ''[1,0,0]'', filter => ''null''',
    'NULL::wordless, ''[1,0,0]'', filter => ''{"ID": 1}''',
    'NULL::wordless, ''[1,0,0]'', filter => ''{"": 1}''',
    'NULL::wordless, ''[1,0,0]'', filter => ''{"ctid": "(0,1)"}''',
    'NULL::wordless, ''[1,0,0]'', filter => ''{"tableoid": 1}''',
    'NULL::wordless, ''[1,0,0]'', filter => jsonb_build_object(repeat(''x'', 100000), 1)',
    'NULL::wordless, ''[1,0,0]'', filter => ''{"id": "one"}''',
    'NULL::wordless, ''[1,0,0]'', filter => ''{"id": 1.5}''',
    'NULL::wordless, ''[1,0,0]'', filter => ''{"id": 1e12}''',
    'NULL::wordless, ''[1,0,0]'', filter => ''{"id": {}}''',
    'NULL::wordless, ''[1,0,0]'', filter => ''{"id": [1]}''',
    'NULL::chunk, ''[1,0,0]'', vector_column => ''half'', filter => ''{"raw": "{}"}''',
    'NULL::chunk, ''[1,0,0]'', vector_column => ''half'', filter => ''{"raw": null}''',
    'NULL::chunk, ''[1,0,0]'', vector_column => ''half'', filter => ''{"raw": {}}''',
    'NULL::chunk, ''[1,0,0]'', vector_column => ''half'', filter => ''{"tags": ["a"]}''',
    'NULL::chunk, ''[1,0,0]'', vector_column => ''half'', filter => ''{"tags": "{a}"}''',
    'NULL::chunk, ''[1,0,0]'', vector_column => ''half'', filter => ''{"meta": {"a": [2]}, "lang": "en", "price": 3.00, "embedding": "[1,3,0]", "id": "3"}''',
    'NULL::chunk, ''[1,0,0]'', vector_column => ''half'', filter => ''{"meta": {"a": 2}}''',
    'NULL::chunk, ''[1,0,0]'', vector_column => ''half'', filter => ''{"meta": [1]}''',
    'NULL::chunk, ''[1,0,0]'', vector_column => ''half'', filter => ''{"meta": "x"}''',
    'NULL::chunk, ''[1,0,0]'', vector_column => ''half'', filter => ''{"lang": true}''',
    -- The text query.
    'NULL::chunk, ''[1,0,0]'', vector_column => ''half'', text_query => ''x'', text_column => ''price''',
    'NULL::chunk, ''[1,0,0]'', vector_column => ''half'', text_query => ''x'', text_column => ''missing''',
    'NULL::chunk, ''[1,0,0]'', vector_column => ''half'', text_query => ''x'', text_column => ''tenant_id''',
    'NULL::wordless, ''[1,0,0]'', text_query => ''x''',
    'NULL::words, ''[1,0,0]'', text_query => ''x'''
]) WITH ORDINALITY a (what, n), world.asked(a.what) r ORDER BY n;
COMMIT;
\i :suites/../fixtures/clear.sql
