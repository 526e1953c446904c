-- Every object of the extension says what it is: \d+ and \df+ are the manual.
SELECT pg_describe_object(d.classid, d.objid, 0) AS without_comment
FROM pg_depend d
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
  AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_tenancy')
  AND NOT (d.classid = 'pg_type'::regclass AND EXISTS (SELECT FROM pg_type t WHERE t.oid = d.objid AND (t.typrelid <> 0 OR t.typelem <> 0)))
  AND NOT EXISTS (SELECT FROM pg_description c WHERE c.classoid = d.classid AND c.objoid = d.objid AND c.objsubid = 0)
ORDER BY 1;
-- Triggers of its tables are not members of their own.
SELECT t.tgname, t.tgrelid::regclass FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = 'tenancy'::regnamespace AND NOT t.tgisinternal AND obj_description(t.oid, 'pg_trigger') IS NULL;
-- The settings describe themselves.
SELECT name FROM pg_settings WHERE name LIKE 'tenancy.%' AND coalesce(short_desc, '') = '';
-- Roles.
SELECT rolname FROM pg_roles WHERE rolname IN ('tenancy_admin', 'tenancy_auditor', 'tenancy_app') AND shobj_description(oid, 'pg_authid') IS NULL ORDER BY 1;
