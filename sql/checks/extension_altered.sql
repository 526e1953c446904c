-- id: extension_altered
-- severity: critical
-- title: Object of pg_tenancy that is not as it was installed
-- why: Policies are what their functions say. One that was replaced, or that Postgres was told is immutable or leakproof,
-- why: opens every table though its policies are untouched; so does a view of pg_tenancy that reads as its owner.
-- kind: environment
WITH member AS (
    SELECT d.classid, d.objid
    FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'pg_tenancy'
    WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
)
SELECT NULL::regclass AS root, NULL::oid AS relation, o.oid AS object_id, o.name AS object,
       format('%s %s', o.name, o.problem) AS message, o.remediation
FROM (
    SELECT p.oid, p.oid::regprocedure::text AS name,
           CASE WHEN l.lanname <> 'c' OR p.probin NOT LIKE '%pg\_tenancy' THEN 'was replaced'
                WHEN p.proleakproof THEN 'is marked LEAKPROOF'
                ELSE format('is marked %s', CASE p.provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE' ELSE 'VOLATILE' END)
           END AS problem,
           CASE WHEN l.lanname <> 'c' OR p.probin NOT LIKE '%pg\_tenancy'
                    THEN '-- restore it from the installation script of pg_tenancy'
                WHEN p.proleakproof THEN format('ALTER FUNCTION %s NOT LEAKPROOF;', p.oid::regprocedure)
                ELSE format('ALTER FUNCTION %s STABLE;', p.oid::regprocedure) END AS remediation
    FROM member m
    JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
    JOIN pg_language l ON l.oid = p.prolang
    CROSS JOIN LATERAL (
        SELECT p.proname IN ('current_tenant', 'current_tenant_as', 'whole_tenant', 'whole_tenant_as', 'readable_tenants',
                             'readable_tenants_as', 'row_visible', 'scope_visible', 'scope_writable', 'current_scope',
                             'require_capability') AS of_policies
    ) f
    WHERE p.proleakproof
       OR f.of_policies AND p.provolatile <> 's'
       -- These alone are written in SQL.
       OR p.proname NOT IN ('is_protected', '_tenant_deleted', '_budget_deleted', '_tenant_of_budget_deleted')
          AND (l.lanname <> 'c' OR p.probin NOT LIKE '%pg\_tenancy')
    UNION ALL
    SELECT c.oid, c.oid::regclass::text, 'reads as its owner',
           format('ALTER VIEW %s SET (security_invoker = true);', c.oid::regclass)
    FROM member m
    JOIN pg_class c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid AND c.relkind = 'v'
    WHERE NOT coalesce((SELECT v.option_value::boolean FROM pg_options_to_table(c.reloptions) v
                        WHERE v.option_name = 'security_invoker'), false)
    UNION ALL
    SELECT t.oid, t.oid::regtype::text, 'lost its check',
           format('ALTER DOMAIN %s ADD CHECK (tenancy.check_scope(VALUE));', t.oid::regtype)
    FROM member m
    JOIN pg_type t ON m.classid = 'pg_type'::regclass AND t.oid = m.objid AND t.typtype = 'd'
    WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c' AND k.convalidated
                        AND pg_get_constraintdef(k.oid) = 'CHECK (tenancy.check_scope(VALUE))')
) o
