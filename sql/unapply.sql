-- Statements that take protection off every table under the protected table $1. Row security stays on where the
-- user has policies of his own.
SELECT s.statement
FROM (
    SELECT p.relation::oid AS relation, 1 AS step, format('DROP POLICY %I ON %s', o.polname, p.relation) AS statement
    FROM tenancy.protected_relation p
    JOIN pg_policy o ON o.polrelid = p.relation AND o.polname LIKE 'tenancy\_%'
    WHERE p.root = $1
    UNION ALL
    SELECT p.relation::oid, 2, format('ALTER TABLE ONLY %s ALTER COLUMN %I DROP DEFAULT', p.relation, p.tenant_column)
    FROM tenancy.protected_relation p
    JOIN pg_attrdef d ON d.adrelid = p.relation AND d.adnum = p.attnum
    WHERE p.root = $1 AND pg_get_expr(d.adbin, d.adrelid) LIKE 'tenancy.current_tenant%'
    UNION ALL
    SELECT p.relation::oid, 2, format('ALTER TABLE ONLY %s ALTER COLUMN %I DROP DEFAULT', p.relation, p.scope_column)
    FROM tenancy.protected_relation p
    JOIN pg_attrdef d ON d.adrelid = p.relation AND d.adnum = p.scope_attnum
    WHERE p.root = $1 AND pg_get_expr(d.adbin, d.adrelid) = 'tenancy.current_scope()'
    UNION ALL
    SELECT p.relation::oid, 3,
           format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY', p.relation)
    FROM tenancy.protected_relation p
    JOIN pg_class c ON c.oid = p.relation AND c.relkind IN ('r', 'p')
    WHERE p.root = $1
      AND NOT EXISTS (SELECT FROM pg_policy o WHERE o.polrelid = p.relation AND o.polname NOT LIKE 'tenancy\_%')
) s
ORDER BY s.relation, s.step, s.statement
