-- Statements that forbid NULL in the tenant column of the protected table $1.
SELECT format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', p.relation, p.tenant_column)
FROM tenancy.protected_relation p
WHERE p.root = $1 AND p.relation = $1 AND p.attnum IS NOT NULL AND NOT p.attnotnull
