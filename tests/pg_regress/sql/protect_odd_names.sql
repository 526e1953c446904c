-- Names that quote, escape or format: the policies name the very column and table that were protected.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA "odd\x'y";
CREATE TABLE "odd\x'y"."t%s'\ ""q" ("a%%b" uuid NOT NULL, "a%b" uuid NOT NULL, "sc'%1$s" tenancy.scope NOT NULL, id int, PRIMARY KEY ("a%%b", id));
SELECT tenancy.protect('"odd\x''y"."t%s''\ ""q"', 'a%%b', 'sc''%1$s', true);
SELECT tenancy.create_tenant('odd_names.acme') AS acme, tenancy.create_tenant('odd_names.globex') AS globex \gset
SELECT tenancy.grant_read('odd_names.acme', 'odd_names.globex', '"odd\x''y"."t%s''\ ""q"', '{"%s": "\\"}') IS NOT NULL AS granted;
CREATE TABLE "odd\x'y"."%s" ("%1$s" text NOT NULL, id int, PRIMARY KEY ("%1$s", id));
SELECT tenancy.protect('"odd\x''y"."%s"', '%1$s');
SELECT tablename, policyname, qual, with_check FROM pg_policies WHERE schemaname = 'odd\x''y' ORDER BY tablename COLLATE "C", policyname;
-- The guard still knows its own policies, also under another name.
ALTER TABLE "odd\x'y"."t%s'\ ""q" RENAME TO "\";
ALTER POLICY tenancy_select ON "odd\x'y"."\" USING (true);
CREATE POLICY mine ON "odd\x'y"."\" AS RESTRICTIVE USING (true);
SELECT tenancy.unprotect('"odd\x''y"."\"');
SELECT count(*) FROM pg_policies WHERE schemaname = 'odd\x''y' AND tablename = '\';
SELECT tenancy.unprotect('"odd\x''y"."%s"');
DROP SCHEMA "odd\x'y" CASCADE;
DELETE FROM tenancy.tenant WHERE slug LIKE 'odd_names.%';
DELETE FROM tenancy.read_grant;
