-- id: unprotected_table
-- severity: high
-- title: Table with a tenant column that applications reach and nothing protects
-- why: A table that was forgotten shows every tenant's rows to all. A view that reads one as its owner is looked at if it
-- why: shows the tenant column.
-- kind: environment
SELECT NULL::regclass AS root, c.oid AS relation, c.oid AS object_id, c.oid::regclass::text AS object,
       format('%s has tenant column %I and is not protected; %s has privileges on it', c.oid::regclass, min(b.attname), g.names)
           AS message,
       CASE WHEN c.relkind IN ('r', 'p') AND bool_or(b.atttypid = coalesce(t.atttypid, b.atttypid))
                THEN format('SELECT tenancy.protect(%L, %L);', c.oid::regclass, min(b.attname))
            ELSE format('REVOKE ALL ON %s FROM %s;', c.oid::regclass, g.names) END AS remediation
FROM (
    SELECT p.tenant_column, p.atttypid, NULL::oid AS schema, NULL::oid AS relation FROM tenancy.protected_relation p
    UNION
    SELECT m.tenant_column, NULL, n.oid, NULL FROM tenancy.managed_schema m JOIN pg_namespace n ON n.nspname = m.schema_name
    UNION
    -- Whatever it is called.
    SELECT a.attname, a.atttypid, NULL, a.attrelid
    FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
    WHERE k.contype = 'f'
      AND (k.confrelid = 'tenancy.tenant'::regclass
           -- Or refers to what the tenant column of a protected table refers to.
           OR EXISTS (SELECT FROM tenancy.protected_relation p
                      JOIN pg_constraint o ON o.contype = 'f' AND o.conrelid = p.relation AND o.conkey = ARRAY[p.attnum]
                      WHERE o.confrelid = k.confrelid AND o.confkey = k.confkey AND cardinality(k.conkey) = 1))
) t
JOIN pg_attribute b ON lower(b.attname) = lower(t.tenant_column) AND NOT b.attisdropped
JOIN pg_type y ON y.oid = b.atttypid
CROSS JOIN LATERAL (SELECT coalesce(nullif(y.typbasetype, 0), y.oid) AS type) u
JOIN pg_class c ON c.oid = b.attrelid AND c.oid = coalesce(t.relation, c.oid)
               AND (u.type = coalesce(t.atttypid, u.type) OR t.relation IS NOT NULL
                    OR t.atttypid = 'uuid'::regtype AND u.type IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype)
                    OR t.atttypid IN ('int4'::regtype, 'int8'::regtype)
                       AND u.type IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype))
               AND c.relnamespace = coalesce(t.schema, c.relnamespace)
               AND c.relkind IN ('r', 'p', 'f', 'm', 'v') AND c.relpersistence <> 't'
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'tenancy')
CROSS JOIN LATERAL (
    SELECT string_agg(DISTINCT x.name, ', ') AS names FROM tenancy.application_privilege x WHERE x.relation = c.oid
) g
WHERE g.names IS NOT NULL
  AND NOT EXISTS (SELECT FROM tenancy.protected_relation p WHERE p.relation = c.oid)
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  -- What other checks tell.
  AND NOT EXISTS (SELECT FROM tenancy.protected_reader r WHERE r.reader = c.oid)
  AND NOT EXISTS (SELECT FROM pg_policy o WHERE o.polrelid = c.oid AND o.polname = 'tenancy_base')
  -- A view is as open as what it reads, unless it reads with its owner's rights a table that is not open.
  AND (c.relkind <> 'v'
       OR NOT coalesce((SELECT o.option_value::boolean FROM pg_options_to_table(c.reloptions) o
                        WHERE o.option_name = 'security_invoker'), false)
          AND EXISTS (SELECT FROM pg_rewrite w
                      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                                      AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid
                      JOIN pg_class k ON k.oid = d.refobjid AND k.relkind IN ('r', 'p', 'f', 'm')
                                     AND k.relnamespace::regnamespace::text <> 'tenancy'
                      JOIN pg_attribute o ON o.attrelid = k.oid AND o.attname = b.attname AND o.atttypid = b.atttypid
                      WHERE w.ev_class = c.oid))
GROUP BY c.oid, c.relkind, g.names
