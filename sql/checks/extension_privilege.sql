-- id: extension_privilege
-- severity: critical
-- title: Application with more rights on pg_tenancy than it was installed with
-- why: Its tables are those of all tenants and keys, and its functions make them; applications get at them through few
-- why: functions alone.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, o.oid AS object_id, o.name AS object,
       format('%s has %s on %s', a.name, string_agg(x.privilege_type || o.columns, ', '), o.name) AS message,
       format('REVOKE %s ON %s%s FROM %s;', string_agg(x.privilege_type || o.columns, ', '), o.kind, o.name, a.name) AS remediation
FROM (
    SELECT 'pg_class'::regclass::oid AS catalog, c.oid, 0 AS attnum, c.relacl AS acl, c.relowner AS owner,
           CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE '' END AS kind, c.oid::regclass::text AS name, '' AS columns,
           c.relnamespace AS schema
    FROM pg_class c
    UNION ALL
    SELECT 'pg_class'::regclass, c.oid, b.attnum, b.attacl, c.relowner, '', c.oid::regclass::text,
           format(' (%I)', b.attname), c.relnamespace
    FROM pg_class c JOIN pg_attribute b ON b.attrelid = c.oid AND b.attacl IS NOT NULL
    UNION ALL
    SELECT 'pg_proc'::regclass, p.oid, 0, coalesce(p.proacl, acldefault('f', p.proowner)), p.proowner, 'ROUTINE ',
           p.oid::regprocedure::text, '', p.pronamespace
    FROM pg_proc p
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid, 0, t.typacl, t.typowner, 'TYPE ', t.oid::regtype::text, '', t.typnamespace
    FROM pg_type t
    UNION ALL
    SELECT 'pg_namespace'::regclass, n.oid, 0, n.nspacl, n.nspowner, 'SCHEMA ', quote_ident(n.nspname), '', n.oid
    FROM pg_namespace n
) o
CROSS JOIN LATERAL aclexplode(o.acl) x
JOIN tenancy.application_role a ON a.role = x.grantee
WHERE o.schema = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = 'tenancy')
  AND x.grantee <> o.owner
  AND NOT EXISTS (SELECT FROM pg_init_privs i CROSS JOIN LATERAL aclexplode(i.initprivs) g
                  WHERE i.classoid = o.catalog AND i.objoid = o.oid AND i.objsubid = o.attnum
                    AND g.grantee = x.grantee AND g.privilege_type = x.privilege_type
                    -- What default privileges gave to others as it was installed was not asked for.
                    AND g.grantee IN ('tenancy_admin'::regrole, 'tenancy_auditor'::regrole, 'tenancy_app'::regrole)
                    AND g.is_grantable >= x.is_grantable)
GROUP BY o.oid, o.kind, o.name, a.name
