-- The tenant column may be uuid, text, integer or bigint; every one gets the same five policies and a default.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
SELECT current_user AS admin \gset
DROP ROLE IF EXISTS regress_protect_tenant_types_owner, regress_protect_tenant_types_app;
CREATE ROLE regress_protect_tenant_types_owner LOGIN IN ROLE tenancy_admin;
CREATE ROLE regress_protect_tenant_types_app LOGIN IN ROLE tenancy_app;
CREATE SCHEMA protect_tenant_types AUTHORIZATION regress_protect_tenant_types_owner;
GRANT USAGE ON SCHEMA protect_tenant_types TO regress_protect_tenant_types_app;
SELECT tenancy.create_tenant('protect_tenant_types.acme') AS acme, tenancy.create_tenant('protect_tenant_types.globex') AS globex \gset
SELECT secret AS acme_key FROM tenancy.create_key('protect_tenant_types.acme', 'test') \gset
SELECT tenant_number AS acme_number FROM tenancy.tenant WHERE slug = 'protect_tenant_types.acme' \gset
SELECT tenant_number AS globex_number FROM tenancy.tenant WHERE slug = 'protect_tenant_types.globex' \gset
SET ROLE regress_protect_tenant_types_owner;
CREATE TABLE protect_tenant_types.by_id (tenant_id uuid, id int, PRIMARY KEY (tenant_id, id));
CREATE TABLE protect_tenant_types.by_slug (tenant_id text, id int, PRIMARY KEY (tenant_id, id));
CREATE TABLE protect_tenant_types.by_slug_c (tenant_id text COLLATE "C", id int, PRIMARY KEY (tenant_id, id));
CREATE TABLE protect_tenant_types.by_number (tenant_id integer, id int, PRIMARY KEY (tenant_id, id));
CREATE TABLE protect_tenant_types.by_big_number (tenant_id bigint, id int, PRIMARY KEY (tenant_id, id));
-- Names that must be quoted, a column of another name, and one that is not first.
CREATE TABLE protect_tenant_types."Odd ""Name""" (id int, "Customer Id" uuid, PRIMARY KEY ("Customer Id", id));
INSERT INTO protect_tenant_types.by_id VALUES (:'acme', 1), (:'globex', 2);
INSERT INTO protect_tenant_types.by_slug VALUES ('protect_tenant_types.acme', 1), ('protect_tenant_types.globex', 2), ('protect_tenant_types.ACME', 3);
INSERT INTO protect_tenant_types.by_slug_c VALUES ('protect_tenant_types.acme', 1), ('protect_tenant_types.globex', 2), ('protect_tenant_types.acme ', 3);
INSERT INTO protect_tenant_types.by_number VALUES (:acme_number, 1), (:globex_number, 2);
INSERT INTO protect_tenant_types.by_big_number VALUES (:acme_number, 1), (:globex_number, 2);
INSERT INTO protect_tenant_types."Odd ""Name""" VALUES (1, :'acme'), (2, :'globex');
SELECT tenancy.protect('protect_tenant_types.by_id');
SELECT tenancy.protect('protect_tenant_types.by_slug');
SELECT tenancy.protect('protect_tenant_types.by_slug_c');
SELECT tenancy.protect('protect_tenant_types.by_number');
SELECT tenancy.protect('protect_tenant_types.by_big_number');
SELECT tenancy.protect('protect_tenant_types."Odd ""Name"""', 'Customer Id');
RESET ROLE;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA protect_tenant_types TO regress_protect_tenant_types_app;
SELECT tablename, policyname, permissive, roles, cmd, qual, with_check
FROM pg_policies WHERE schemaname = 'protect_tenant_types' ORDER BY tablename COLLATE "C", policyname;
SELECT c.relname, a.attname, a.attnotnull, pg_get_expr(d.adbin, d.adrelid) AS default
FROM pg_attrdef d JOIN pg_attribute a ON (a.attrelid, a.attnum) = (d.adrelid, d.adnum) JOIN pg_class c ON c.oid = d.adrelid
WHERE c.relnamespace = 'protect_tenant_types'::regnamespace ORDER BY c.relname COLLATE "C";
\c - regress_protect_tenant_types_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT id FROM protect_tenant_types.by_id;
SELECT id FROM protect_tenant_types.by_slug;
SELECT id FROM protect_tenant_types.by_slug_c;
SELECT id FROM protect_tenant_types.by_number;
SELECT id FROM protect_tenant_types.by_big_number;
SELECT id FROM protect_tenant_types."Odd ""Name""";
INSERT INTO protect_tenant_types.by_id (id) VALUES (10) RETURNING tenant_id = :'acme' AS mine;
INSERT INTO protect_tenant_types.by_slug (id) VALUES (10) RETURNING tenant_id;
INSERT INTO protect_tenant_types.by_slug_c (id) VALUES (10) RETURNING tenant_id;
INSERT INTO protect_tenant_types.by_number (id) VALUES (10) RETURNING tenant_id = :acme_number AS mine;
INSERT INTO protect_tenant_types.by_big_number (id) VALUES (10) RETURNING tenant_id = :acme_number AS mine;
INSERT INTO protect_tenant_types."Odd ""Name""" (id) VALUES (10) RETURNING "Customer Id" = :'acme' AS mine;
INSERT INTO protect_tenant_types.by_id VALUES (:'globex', 11);
INSERT INTO protect_tenant_types.by_slug VALUES ('protect_tenant_types.globex', 11);
INSERT INTO protect_tenant_types.by_slug VALUES ('protect_tenant_types.Acme', 11);
INSERT INTO protect_tenant_types.by_number VALUES (:globex_number, 11);
INSERT INTO protect_tenant_types.by_big_number VALUES (:globex_number, 11);
INSERT INTO protect_tenant_types."Odd ""Name""" VALUES (11, :'globex');
UPDATE protect_tenant_types.by_slug SET tenant_id = upper(tenant_id);
ROLLBACK;
-- A number that an integer column cannot hold is an error, not another tenant's number.
\c - :admin
SELECT tenancy.create_tenant('protect_tenant_types.big', tenant_number => 4294967296 + :acme_number) AS big \gset
SELECT secret AS big_key FROM tenancy.create_key('protect_tenant_types.big', 'test') \gset
\c - regress_protect_tenant_types_app
BEGIN;
SELECT tenancy.bind(:'big_key') = :'big' AS bound;
\set VERBOSITY sqlstate
SELECT id FROM protect_tenant_types.by_number;
\set VERBOSITY terse
SELECT id FROM protect_tenant_types.by_big_number;
ROLLBACK;
\c - :admin
SET client_min_messages = warning;
DROP SCHEMA protect_tenant_types CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'protect_tenant_types.%';
DROP ROLE regress_protect_tenant_types_owner, regress_protect_tenant_types_app;
