-- Statements that put row security, the defaults and the policies on every table under the protected table $1, where
-- they are missing.
SELECT s.statement
FROM (
    SELECT p.relation::oid AS relation, 1 AS step,
           format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', p.relation) AS statement
    FROM tenancy.protected_relation p
    JOIN pg_class c ON c.oid = p.relation
    WHERE p.root = $1 AND c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
    UNION ALL
    SELECT p.relation::oid, 2,
           format('ALTER TABLE ONLY %s ALTER COLUMN %I SET DEFAULT %s', p.relation, p.tenant_column,
                  CASE WHEN p.atttypid = 'uuid'::regtype THEN 'tenancy.current_tenant()'
                       ELSE format('tenancy.current_tenant_as(NULL::%s)', format_type(p.atttypid, NULL)) END)
    FROM tenancy.protected_relation p
    JOIN pg_attribute a ON a.attrelid = p.relation AND a.attnum = p.attnum
    WHERE p.root = $1 AND a.attidentity = ''
      AND coalesce((SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
                    WHERE d.adrelid = p.relation AND d.adnum = p.attnum), '') NOT LIKE 'tenancy.current_tenant%'
    UNION ALL
    SELECT p.relation::oid, 2,
           format('ALTER TABLE ONLY %s ALTER COLUMN %I SET DEFAULT tenancy.current_scope()', p.relation, p.scope_column)
    FROM tenancy.protected_relation p
    WHERE p.root = $1 AND p.scope_attnum IS NOT NULL
      AND coalesce((SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
                    WHERE d.adrelid = p.relation AND d.adnum = p.scope_attnum), '') <> 'tenancy.current_scope()'
    UNION ALL
    SELECT e.relation::oid, 3, e.statement
    FROM tenancy.expected_policy e
    WHERE e.root = $1
      AND NOT EXISTS (SELECT FROM pg_policy o WHERE o.polrelid = e.relation AND o.polname = e.policy)
) s
ORDER BY s.relation, s.step, s.statement
