-- Everything protect refuses at once, each with the SQL that mends it; that SQL, run as printed, makes protect succeed.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_protect_refusals_mended_owner, regress_protect_refusals_mended_app;
CREATE ROLE regress_protect_refusals_mended_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_protect_refusals_mended_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA protect_refusals_mended AUTHORIZATION regress_protect_refusals_mended_owner;
GRANT USAGE ON SCHEMA protect_refusals_mended TO regress_protect_refusals_mended_app;
SELECT tenancy.create_tenant('protect_refusals_mended.acme') AS acme, tenancy.create_tenant('protect_refusals_mended.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('protect_refusals_mended.acme', 'test') \gset
SET ROLE regress_protect_refusals_mended_owner;
CREATE TABLE protect_refusals_mended.doc (tenant_id uuid NOT NULL, id int PRIMARY KEY, title text UNIQUE, during int4range, embedding vector(3),
                     EXCLUDE USING gist (during WITH &&));
CREATE UNIQUE INDEX doc_upper ON protect_refusals_mended.doc (upper(title)) WHERE id > 0;
CREATE INDEX doc_hnsw ON protect_refusals_mended.doc USING hnsw (embedding vector_l2_ops);
CREATE TABLE protect_refusals_mended.note (tenant_id uuid NOT NULL, id int, doc_id int REFERENCES protect_refusals_mended.doc ON DELETE CASCADE, PRIMARY KEY (tenant_id, id));
CREATE VIEW protect_refusals_mended.doc_view AS SELECT * FROM protect_refusals_mended.doc;
CREATE VIEW protect_refusals_mended.doc_view_of_view WITH (security_invoker) AS SELECT * FROM protect_refusals_mended.doc_view;
CREATE MATERIALIZED VIEW protect_refusals_mended.doc_copy AS SELECT count(*) FROM protect_refusals_mended.doc_view;
CREATE RULE doc_rule AS ON DELETE TO protect_refusals_mended.doc DO ALSO NOTIFY doc;
GRANT TRUNCATE, REFERENCES, TRIGGER ON protect_refusals_mended.doc TO regress_protect_refusals_mended_app;
GRANT REFERENCES (id) ON protect_refusals_mended.doc TO PUBLIC;
RESET ROLE;
SET client_min_messages = error; -- whatever wal_level is
CREATE PUBLICATION protect_refusals_mended_publication FOR TABLE protect_refusals_mended.doc;
SET client_min_messages = warning;
SET ROLE regress_protect_refusals_mended_owner;
\set VERBOSITY default
SELECT tenancy.protect('protect_refusals_mended.doc');
\set VERBOSITY terse
-- Nothing is half done.
SELECT relrowsecurity, relforcerowsecurity, (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid) AS policies,
       (SELECT count(*) FROM pg_attrdef WHERE adrelid = c.oid) AS defaults,
       (SELECT count(*) FROM tenancy.protected_table WHERE relation = c.oid) AS protected
FROM pg_class c WHERE c.oid = 'protect_refusals_mended.doc'::regclass;
-- The guard, which pauses while protect works, watches as before.
CREATE TABLE protect_refusals_mended.other (tenant_id uuid PRIMARY KEY);
SELECT tenancy.protect('protect_refusals_mended.other');
DO $$ BEGIN PERFORM tenancy.protect('protect_refusals_mended.doc'); EXCEPTION WHEN OTHERS THEN RAISE WARNING '%', SQLERRM; END $$;
ALTER TABLE protect_refusals_mended.other DISABLE ROW LEVEL SECURITY;
RESET ROLE;
-- The SQL as printed; the publication is its owner's to change.
SET ROLE regress_protect_refusals_mended_owner;
ALTER TABLE protect_refusals_mended.doc DROP CONSTRAINT doc_during_excl;
ALTER TABLE protect_refusals_mended.note DROP CONSTRAINT note_doc_id_fkey; ALTER TABLE protect_refusals_mended.doc DROP CONSTRAINT doc_pkey, ADD CONSTRAINT doc_pkey PRIMARY KEY (tenant_id, id);
ALTER TABLE protect_refusals_mended.doc DROP CONSTRAINT doc_title_key, ADD CONSTRAINT doc_title_key UNIQUE (tenant_id, title);
DROP INDEX protect_refusals_mended.doc_upper; CREATE UNIQUE INDEX doc_upper ON protect_refusals_mended.doc (tenant_id, upper(title)) WHERE (id > 0);
ALTER TABLE protect_refusals_mended.note DROP CONSTRAINT IF EXISTS note_doc_id_fkey;
ALTER VIEW protect_refusals_mended.doc_view SET (security_invoker = true);
DROP MATERIALIZED VIEW protect_refusals_mended.doc_copy;
DROP RULE doc_rule ON protect_refusals_mended.doc;
RESET ROLE;
ALTER PUBLICATION protect_refusals_mended_publication DROP TABLE protect_refusals_mended.doc;
SET ROLE regress_protect_refusals_mended_owner;
DROP INDEX protect_refusals_mended.doc_hnsw;
REVOKE REFERENCES (id) ON protect_refusals_mended.doc FROM PUBLIC;
REVOKE REFERENCES ON protect_refusals_mended.doc FROM regress_protect_refusals_mended_app;
REVOKE TRIGGER ON protect_refusals_mended.doc FROM regress_protect_refusals_mended_app;
REVOKE TRUNCATE ON protect_refusals_mended.doc FROM regress_protect_refusals_mended_app;
SELECT tenancy.protect('protect_refusals_mended.doc');
SELECT tenancy.protect('protect_refusals_mended.note');
RESET ROLE;
SELECT conrelid::regclass AS relation, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'protect_refusals_mended'::regnamespace AND contype IN ('p', 'u', 'f') ORDER BY 1, 2;
SET client_min_messages = warning;
DROP PUBLICATION protect_refusals_mended_publication;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA protect_refusals_mended CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'protect_refusals_mended.%';
DROP ROLE regress_protect_refusals_mended_owner, regress_protect_refusals_mended_app;
