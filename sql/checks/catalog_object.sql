-- id: catalog_object
-- severity: high
-- title: Function or operator of a user's in pg_catalog
-- why: pg_catalog is looked through first, whatever the search_path: what is put there takes the place of Postgres's own, in
-- why: functions that pin their search_path too.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, o.oid AS object_id, o.name AS object,
       format('%s %s lies in pg_catalog and is not of Postgres', o.kind, o.name) AS message,
       format('DROP %s %s;', upper(o.kind), o.name) AS remediation
FROM (
    SELECT 'pg_proc'::regclass AS catalog, 'routine' AS kind, p.oid, p.oid::regprocedure::text AS name, p.pronamespace AS schema
    FROM pg_proc p
    UNION ALL
    SELECT 'pg_operator'::regclass, 'operator', p.oid,
           format('%s.%s (%s, %s)', p.oprnamespace::regnamespace, p.oprname,
                  CASE p.oprleft WHEN 0 THEN 'NONE' ELSE format_type(p.oprleft, NULL) END, format_type(p.oprright, NULL)),
           p.oprnamespace
    FROM pg_operator p
) o
WHERE o.schema = 'pg_catalog'::regnamespace
  AND o.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = o.catalog AND d.objid = o.oid AND d.deptype = 'e')
