-- id: withheld_catalog
-- severity: critical
-- title: System catalog or TOAST table opened to an application
-- why: Statistics and TOAST tables hold values of all tenants, other catalogs passwords and files; row security does not
-- why: cover them. Who may write to a catalog may do anything. A view reads them with its owner's rights.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, c.oid AS object_id, c.oid::regclass::text AS object,
       format('%s has %s on %s', x.name, string_agg(DISTINCT x.privilege || x.columns, ', '), c.oid::regclass) AS message,
       format('REVOKE %s ON %s FROM %s;', string_agg(DISTINCT x.privilege || x.columns, ', '), c.oid::regclass, x.name)
           AS remediation
FROM pg_class c
JOIN tenancy.application_privilege x ON x.relation = c.oid
WHERE c.relnamespace IN ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace)
  AND NOT x.owner
  AND NOT EXISTS (SELECT FROM pg_init_privs i CROSS JOIN LATERAL aclexplode(i.initprivs) g
                  WHERE i.classoid = 'pg_class'::regclass AND i.objoid = c.oid AND i.objsubid IN (0, x.attnum)
                    AND g.grantee IN (0, x.role) AND g.privilege_type = x.privilege)
GROUP BY c.oid, x.name
UNION ALL
SELECT NULL, NULL, v.oid, v.oid::regclass::text,
       format('%s reads %s as its owner, and %s may read it', v.oid::regclass, r.catalogs, g.names),
       format('REVOKE SELECT ON %s FROM %s;', v.oid::regclass, g.names)
FROM (
    WITH RECURSIVE own AS MATERIALIZED (
        -- Postgres keeps no dependencies on its own catalogs.
        SELECT w.ev_class AS view, m[1]::oid AS relation
        FROM pg_rewrite w
        CROSS JOIN LATERAL regexp_matches(w.ev_action::text, ':relid (\d+)', 'g') m
        WHERE w.ev_class >= 16384 AND w.rulename = '_RETURN'
    ), reader AS (
        SELECT o.view, k.oid AS catalog, k.relkind = 'v' AS asks
        FROM own o
        JOIN pg_class k ON k.oid = o.relation AND k.relnamespace IN ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace)
        WHERE NOT has_any_column_privilege('public', k.oid, 'SELECT')
           -- What asks who reads it: where that is kept, it was whoever refreshed it.
           OR k.relname IN ('pg_stats', 'pg_stats_ext', 'pg_stats_ext_exprs', 'pg_stat_activity', 'pg_stat_replication')
        UNION
        SELECT o.view, reader.catalog, reader.asks AND c.relkind <> 'm'
        FROM reader JOIN own o ON o.relation = reader.view AND o.view <> reader.view JOIN pg_class c ON c.oid = reader.view
    )
    SELECT reader.view, string_agg(DISTINCT reader.catalog::regclass::text, ', ') AS catalogs
    FROM reader JOIN pg_class c ON c.oid = reader.view
    WHERE NOT reader.asks OR c.relkind = 'm'
    GROUP BY reader.view
) r
JOIN pg_class v ON v.oid = r.view
CROSS JOIN LATERAL (
    SELECT string_agg(DISTINCT x.name, ', ') AS names
    FROM tenancy.application_privilege x WHERE x.relation = v.oid AND x.privilege = 'SELECT' AND NOT x.owner
) g
WHERE g.names IS NOT NULL
  AND NOT coalesce((SELECT o.option_value::boolean FROM pg_options_to_table(v.reloptions) o
                    WHERE o.option_name = 'security_invoker'), false)
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = v.oid AND d.deptype = 'e')
