-- A partition or child that left its protected table keeps its policies: it becomes a protected table of its own. It is
-- told by policies that are exactly those of protect.
INSERT INTO tenancy.protected_table (relation, tenant_column)
SELECT o.polrelid, a.attname
FROM pg_policy o
JOIN pg_class c ON c.oid = o.polrelid AND c.relkind IN ('r', 'p') AND c.relrowsecurity AND c.relforcerowsecurity
JOIN pg_attribute a ON a.attrelid = o.polrelid AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull
WHERE o.polname = 'tenancy_select' AND NOT o.polpermissive AND o.polcmd = 'r' AND o.polroles = '{0}'
  AND pg_get_expr(o.polqual, o.polrelid) IN (
      format('(%I = tenancy.current_tenant())', a.attname),
      format('(%I = tenancy.current_tenant_as(NULL::%s))', a.attname, format_type(a.atttypid, NULL)))
  AND NOT EXISTS (SELECT FROM tenancy.protected_relation p WHERE p.relation = o.polrelid)
  AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = o.polrelid)
ON CONFLICT DO NOTHING
