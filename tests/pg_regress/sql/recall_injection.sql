-- Nothing that comes into recall, and nothing that lies in the search path, becomes part of its query.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE SCHEMA "world ""x""; --'$1";
GRANT USAGE ON SCHEMA "world ""x""; --'$1" TO PUBLIC;
CREATE TABLE "world ""x""; --'$1"."t"";%s\'" ("te""nant $2" uuid NOT NULL, "sc'ope" tenancy.scope NOT NULL, "i;d" int, "la""ng' OR true --" text, "select" jsonb, "emb $1" vector(2), "wo""rds" tsvector, PRIMARY KEY ("te""nant $2", "i;d"));
INSERT INTO "world ""x""; --'$1"."t"";%s\'" SELECT tenant::uuid, '{"a": "b"}', n, '''; DROP TABLE world.note; --' || n, '{"a": "$1"}', ARRAY[100, n]::vector, 'word' FROM unnest(ARRAY[:'acme', :'globex']) tenant, generate_series(1, 20) n;
ALTER TABLE "world ""x""; --'$1"."t"";%s\'" OWNER TO regress_world_owner;
GRANT SELECT ON "world ""x""; --'$1"."t"";%s\'" TO regress_world_app;
SELECT tenancy.protect('"world ""x""; --''$1"."t"";%s\''"', 'te"nant $2', 'sc''ope');
CREATE TABLE world.chunk (tenant_id uuid NOT NULL, scope tenancy.scope NOT NULL, id int, lang text, meta jsonb, page varchar(9), embedding vector(2), body text, PRIMARY KEY (tenant_id, id));
INSERT INTO world.chunk SELECT tenant::uuid, '{"a": "b"}', n, 'en', '{"a": 1}', n, ARRAY[100, n]::vector, 'word ' || n FROM unnest(ARRAY[:'acme', :'globex']) tenant, generate_series(1, 20) n;
ALTER TABLE world.chunk OWNER TO regress_world_owner;
GRANT SELECT ON world.chunk TO regress_world_app;
SELECT tenancy.protect('world.chunk', scope_column => 'scope');
\c - regress_world_app
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
\pset format unaligned
SELECT "te""nant $2" = :'acme' AS own, "i;d" FROM tenancy.recall(NULL::"world ""x""; --'$1"."t"";%s\'", '[100,0]', 3, '{"a": "b"}', '{"la\"ng'' OR true --": "''; DROP TABLE world.note; --2", "select": {"a": "$1"}}', 'word OR 1=1');
SELECT * FROM tenancy.recall_plan(NULL::"world ""x""; --'$1"."t"";%s\'", '[100,0]', 3, '{"a": "b"}', '{"la\"ng'' OR true --": "''; DROP TABLE world.note; --2"}');
\pset format aligned
-- Values are values, and names are names.
SELECT value, (SELECT count(*) FROM tenancy.recall(NULL::chunk, '[100,0]', filter => jsonb_build_object('lang', value))) AS lang,
       (SELECT count(*) FROM tenancy.recall(NULL::chunk, '[100,0]', filter => jsonb_build_object('meta', value))) AS meta,
       (SELECT count(*) FROM tenancy.recall(NULL::chunk, '[100,0]', scope => jsonb_build_object('a', value))) AS scope,
       (SELECT count(*) FROM tenancy.recall(NULL::chunk, '[100,0]', text_query => value, text_column => 'body')) AS words
FROM unnest(ARRAY['en', ''' OR ''''=''', '$1', '%s', '\'' --', 'en''; DROP TABLE world.note; --', E'x\ny']) value;
SELECT name, world.attempt(format('SELECT count(*) FROM tenancy.recall(NULL::world.chunk, ''[100,0]'', filter => %L)', jsonb_build_object(name, 1))) AS filter,
       world.attempt(format('SELECT count(*) FROM tenancy.recall(NULL::world.chunk, ''[100,0]'', vector_column => %L)', name)) AS vector
FROM unnest(ARRAY['id) OR (true', 'id" = 1 OR "id', 't.id', 'lang''', '1', 'id; DROP TABLE world.note', E'x\nERROR: forged', '*', 'tenant_id OR true']) name;
SELECT count(*) FROM note;
COMMIT;
-- Objects planted in front of Postgres's own and pgvector's, which do other things, and tables of the same name.
\c - :SUPERUSER
CREATE SCHEMA planted;
GRANT USAGE ON SCHEMA planted TO PUBLIC;
CREATE FUNCTION planted.said(what text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'planted %', what; END $$;
CREATE FUNCTION planted.far(vector, vector) RETURNS float8 LANGUAGE sql AS $$ SELECT planted.said('<=>')::float8 $$;
CREATE OPERATOR planted.<=> (LEFTARG = vector, RIGHTARG = vector, FUNCTION = planted.far);
CREATE OPERATOR planted.<-> (LEFTARG = vector, RIGHTARG = vector, FUNCTION = planted.far);
CREATE FUNCTION planted.all_of(jsonb, jsonb) RETURNS bool LANGUAGE sql AS $$ SELECT planted.said('@>') IS NULL $$;
CREATE OPERATOR planted.@> (LEFTARG = jsonb, RIGHTARG = jsonb, FUNCTION = planted.all_of);
CREATE FUNCTION planted.same(text, text) RETURNS bool LANGUAGE sql AS $$ SELECT planted.said('=') IS NULL $$;
CREATE OPERATOR planted.= (LEFTARG = text, RIGHTARG = text, FUNCTION = planted.same);
CREATE FUNCTION planted.same(varchar, varchar) RETURNS bool LANGUAGE sql AS $$ SELECT planted.said('=') IS NULL $$;
CREATE OPERATOR planted.= (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = planted.same);
CREATE FUNCTION planted.same(tid, tid) RETURNS bool LANGUAGE sql AS $$ SELECT planted.said('=') IS NULL $$;
CREATE OPERATOR planted.= (LEFTARG = tid, RIGHTARG = tid, FUNCTION = planted.same);
CREATE FUNCTION planted.same(oid, oid) RETURNS bool LANGUAGE sql AS $$ SELECT planted.said('=') IS NULL $$;
CREATE OPERATOR planted.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = planted.same);
CREATE FUNCTION planted.matches(tsvector, tsquery) RETURNS bool LANGUAGE sql AS $$ SELECT planted.said('@@') IS NULL $$;
CREATE OPERATOR planted.@@ (LEFTARG = tsvector, RIGHTARG = tsquery, FUNCTION = planted.matches);
CREATE FUNCTION planted.added(int, bigint) RETURNS bigint LANGUAGE sql AS $$ SELECT planted.said('+')::bigint $$;
CREATE OPERATOR planted.+ (LEFTARG = int, RIGHTARG = bigint, FUNCTION = planted.added);
CREATE FUNCTION planted.divided(float8, bigint) RETURNS float8 LANGUAGE sql AS $$ SELECT planted.said('/')::float8 $$;
CREATE OPERATOR planted./ (LEFTARG = float8, RIGHTARG = bigint, FUNCTION = planted.divided);
CREATE FUNCTION planted.to_tsvector(text) RETURNS tsvector LANGUAGE sql AS $$ SELECT planted.said('to_tsvector')::tsvector $$;
CREATE FUNCTION planted.websearch_to_tsquery(text) RETURNS tsquery LANGUAGE sql AS $$ SELECT planted.said('websearch_to_tsquery')::tsquery $$;
CREATE FUNCTION planted.ts_rank_cd(tsvector, tsquery) RETURNS float4 LANGUAGE sql AS $$ SELECT planted.said('ts_rank_cd')::float4 $$;
CREATE AGGREGATE planted.sum(float8) (SFUNC = float8mi, STYPE = float8, INITCOND = '0');
CREATE FUNCTION planted.row_number() RETURNS bigint LANGUAGE internal WINDOW AS 'window_rank';
CREATE DOMAIN planted.float8 AS int CHECK (false);
CREATE DOMAIN planted.text AS int CHECK (false);
CREATE DOMAIN planted.jsonb AS int CHECK (false);
CREATE DOMAIN planted.vector AS int CHECK (false);
CREATE DOMAIN planted.halfvec AS int CHECK (false);
CREATE TABLE planted.chunk (LIKE world.chunk INCLUDING ALL);
INSERT INTO planted.chunk SELECT tenant_id, scope, -id, lang, meta, page, embedding, body FROM world.chunk;
GRANT SELECT ON planted.chunk TO PUBLIC;
\set ask 'SELECT array_agg(id) AS ids FROM tenancy.recall(NULL::world.chunk, \'[100,0]\'::public.vector, 3, \'{"a": "b"}\', \'{"lang": "en", "page": "2", "meta": {"a": 1}}\') UNION ALL SELECT array_agg(id) FROM tenancy.recall(NULL::world.chunk, \'[100,0]\'::public.vector, 3, text_query => \'word\', text_column => \'body\');'
-- The control: they are met by who does not name what is meant.
SET search_path = planted, pg_catalog, public;
SELECT id FROM world.chunk ORDER BY embedding <=> '[100,0]'::public.vector LIMIT 1;
SELECT id FROM world.chunk WHERE page = '2'::varchar;
SELECT to_tsvector('word'::pg_catalog.text);
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
:ask
SET LOCAL search_path = planted, pg_catalog, public;
:ask
SELECT array_agg(id) AS ids FROM tenancy.recall(NULL::world.chunk, '[100,0]'::public.vector, 3);
SET LOCAL search_path = '';
:ask
COMMIT;
-- A temporary table of the same name, in a session that could have one.
\c - :SUPERUSER
CREATE TEMPORARY TABLE chunk (LIKE world.chunk INCLUDING ALL);
INSERT INTO pg_temp.chunk SELECT tenant_id, scope, -id, lang, meta, page, embedding, body FROM world.chunk;
CREATE FUNCTION pg_temp.row_number() RETURNS bigint LANGUAGE internal WINDOW AS 'window_rank';
SET search_path = pg_temp, world, public;
:ask
SELECT world.attempt('SELECT id FROM tenancy.recall(NULL::chunk, ''[100,0]'', 1)') ~ '^55000 .* is not protected$' AS refused;
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA planted CASCADE;
DROP SCHEMA "world ""x""; --'$1" CASCADE;
\i :suites/../fixtures/clear.sql
