-- id: extension_view
-- severity: critical
-- title: View that shows an application what pg_tenancy keeps of all tenants
-- why: A view reads tenants, keys and traces with its owner's rights, of all tenants. One that asks for the bound tenant is
-- why: let be, if it is a security barrier.
-- kind: environment
SELECT NULL::regclass AS root, v.oid AS relation, v.oid AS object_id, v.oid::regclass::text AS object,
       format('%s reads %s as its owner, and %s may read it', v.oid::regclass, r.tables, g.names) AS message,
       format('REVOKE SELECT ON %s FROM %s;', v.oid::regclass, g.names) AS remediation
FROM pg_class v
CROSS JOIN LATERAL (
    WITH RECURSIVE below AS (
        SELECT v.oid AS view
        UNION
        -- Views below it, but those that read with the rights of who asks; who fills a materialized view is its owner.
        SELECT k.oid
        FROM below
        JOIN pg_rewrite w ON w.ev_class = below.view AND w.rulename = '_RETURN'
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                        AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class
        JOIN pg_class k ON k.oid = d.refobjid AND k.relkind IN ('v', 'm')
                       AND k.relnamespace <> (SELECT n.oid FROM pg_namespace n WHERE n.nspname = 'tenancy')
        CROSS JOIN LATERAL (
            SELECT coalesce(bool_or(x.option_value::boolean) FILTER (WHERE x.option_name = 'security_invoker'), false) AS invoker,
                   coalesce(bool_or(x.option_value::boolean) FILTER (WHERE x.option_name = 'security_barrier'), false) AS barrier
            FROM pg_options_to_table(k.reloptions) x
        ) s
        WHERE (NOT s.invoker OR v.relkind = 'm')
          AND NOT (s.barrier AND EXISTS (
              SELECT FROM pg_rewrite y JOIN pg_depend z ON z.classid = 'pg_rewrite'::regclass AND z.objid = y.oid
              JOIN pg_proc p ON z.refclassid = 'pg_proc'::regclass AND p.oid = z.refobjid AND p.proname LIKE 'current\_tenant%'
                            AND p.pronamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = 'tenancy')
              WHERE y.ev_class = k.oid))
    )
    SELECT string_agg(DISTINCT k.oid::regclass::text, ', ') AS tables,
           bool_or(p.proname LIKE 'current\_tenant%') FILTER (WHERE w.ev_class = v.oid) AS asks
    FROM below
    JOIN pg_rewrite w ON w.ev_class = below.view
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
    LEFT JOIN pg_class k ON d.refclassid = 'pg_class'::regclass AND k.oid = d.refobjid
                        AND k.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = 'tenancy')
    LEFT JOIN pg_proc p ON d.refclassid = 'pg_proc'::regclass AND p.oid = d.refobjid
                       AND p.pronamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = 'tenancy')
) r
CROSS JOIN LATERAL (
    SELECT string_agg(DISTINCT x.name, ', ') AS names
    FROM tenancy.application_privilege x WHERE x.relation = v.oid AND x.privilege = 'SELECT' AND NOT x.owner
) g
CROSS JOIN LATERAL (
    SELECT coalesce(bool_or(o.option_value::boolean) FILTER (WHERE o.option_name = 'security_invoker'), false) AS invoker,
           coalesce(bool_or(o.option_value::boolean) FILTER (WHERE o.option_name = 'security_barrier'), false) AS barrier
    FROM pg_options_to_table(v.reloptions) o WHERE o.option_name LIKE 'security\_%'
) o
WHERE v.relkind IN ('v', 'm')
  AND v.relnamespace <> (SELECT n.oid FROM pg_namespace n WHERE n.nspname = 'tenancy')
  AND r.tables IS NOT NULL
  AND g.names IS NOT NULL
  AND NOT o.invoker
  AND NOT (coalesce(r.asks, false) AND o.barrier)
