-- The columns of the protected table $1 that say whose a row is and where, where they accept NULL: which of the two,
-- and the column, quoted.
SELECT format('%s %I', c.kind, c.name)
FROM tenancy.protected_relation p
CROSS JOIN LATERAL (VALUES
    ('tenant', p.tenant_column, p.attnum, p.attnotnull),
    ('scope', p.scope_column, p.scope_attnum, p.scope_notnull OR p.scope_typid <> 'tenancy.scope'::regtype)) c (kind, name, number, is_set)
WHERE p.root = $1 AND p.relation = $1 AND c.number IS NOT NULL AND NOT c.is_set
