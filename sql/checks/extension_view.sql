-- id: extension_view
-- severity: critical
-- title: View that shows an application what pg_tenancy keeps of all tenants
-- why: A view reads tenants, keys and traces with its owner's rights, of all tenants. One that asks for the bound tenant is
-- why: let be, if it is a security barrier.
-- kind: environment
WITH RECURSIVE open AS MATERIALIZED (
    SELECT v.oid AS view, v.relkind, o.invoker
    FROM pg_class v
    CROSS JOIN LATERAL (
        SELECT coalesce(bool_or(o.option_value::boolean) FILTER (WHERE o.option_name = 'security_invoker'), false) AS invoker,
               coalesce(bool_or(o.option_value::boolean) FILTER (WHERE o.option_name = 'security_barrier'), false) AS barrier
        FROM pg_options_to_table(v.reloptions) o WHERE o.option_name LIKE 'security\_%'
    ) o
    WHERE v.relkind IN ('v', 'm')
      AND v.relnamespace <> (SELECT n.oid FROM pg_namespace n WHERE n.nspname = 'tenancy')
      AND NOT (o.barrier
               AND EXISTS (SELECT FROM pg_rewrite w
                           JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                           JOIN pg_proc p ON d.refclassid = 'pg_proc'::regclass AND p.oid = d.refobjid
                           WHERE w.ev_class = v.oid AND p.proname LIKE 'current\_tenant%'
                             AND p.pronamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = 'tenancy')))
), named AS MATERIALIZED (
    SELECT DISTINCT w.ev_class AS view, w.rulename, d.refobjid AS relation
    FROM pg_rewrite w
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
    WHERE d.refobjid <> w.ev_class
), part AS (
    SELECT o.view, o.relkind, o.view AS below FROM open o WHERE NOT o.invoker
    UNION
    -- Views below it, but those that read with the rights of who asks; who fills a materialized view is its owner.
    SELECT p.view, p.relkind, o.view
    FROM part p
    JOIN named n ON n.view = p.below AND n.rulename = '_RETURN'
    JOIN open o ON o.view = n.relation AND (NOT o.invoker OR p.relkind = 'm')
)
SELECT NULL::regclass AS root, p.view AS relation, p.view AS object_id, p.view::regclass::text AS object,
       format('%s reads %s as its owner, and %s may read it', p.view::regclass,
              string_agg(DISTINCT k.oid::regclass::text, ', '), g.names) AS message,
       format('REVOKE SELECT ON %s FROM %s;', p.view::regclass, g.names) AS remediation
FROM part p
JOIN named n ON n.view = p.below
JOIN pg_class k ON k.oid = n.relation AND k.relnamespace = (SELECT t.oid FROM pg_namespace t WHERE t.nspname = 'tenancy')
CROSS JOIN LATERAL (
    SELECT string_agg(DISTINCT x.name, ', ') AS names
    FROM tenancy.application_privilege x WHERE x.relation = p.view AND x.privilege = 'SELECT' AND NOT x.owner
) g
WHERE g.names IS NOT NULL
GROUP BY p.view, g.names
