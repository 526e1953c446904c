-- A partition or child that left its protected table keeps its policies: it becomes a protected table of its own. It is
-- told by policies that are exactly those of protect.
INSERT INTO tenancy.protected_table (relation, tenant_column, scope_column)
SELECT o.polrelid, a.attname, s.scope_column
FROM pg_policy o
JOIN pg_class c ON c.oid = o.polrelid AND c.relkind IN ('r', 'p') AND c.relrowsecurity AND c.relforcerowsecurity
JOIN pg_attribute a ON a.attrelid = o.polrelid AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull
CROSS JOIN LATERAL (
    SELECT min(b.attname::text)::name AS scope_column
    FROM pg_policy p
    JOIN pg_attribute b ON b.attrelid = p.polrelid AND b.attnum > 0 AND NOT b.attisdropped
    WHERE p.polrelid = o.polrelid AND p.polname = 'tenancy_select_scope' AND NOT p.polpermissive AND p.polcmd = 'r'
      AND pg_get_expr(p.polqual, p.polrelid) = format('tenancy.scope_visible(%I)', b.attname)
) s
CROSS JOIN LATERAL (SELECT CASE WHEN s.scope_column IS NULL THEN 'whole' ELSE 'current' END AS which) w
WHERE o.polname = 'tenancy_select' AND NOT o.polpermissive AND o.polcmd = 'r' AND o.polroles = '{0}'
  AND pg_get_expr(o.polqual, o.polrelid) IN (
      format('(%I = tenancy.%s_tenant(''read''::text))', a.attname, w.which),
      format('(%I = tenancy.%s_tenant_as(NULL::%s, ''read''::text))', a.attname, w.which, format_type(a.atttypid, NULL)))
  AND NOT EXISTS (SELECT FROM tenancy.protected_relation p WHERE p.relation = o.polrelid)
  AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = o.polrelid)
ON CONFLICT DO NOTHING
