-- The columns of the protected table $1 that say whose a row is, quoted, where they accept NULL.
SELECT quote_ident(c.name)
FROM tenancy.protected_relation p
CROSS JOIN LATERAL (VALUES (p.tenant_column, p.attnum, p.attnotnull), (p.scope_column, p.scope_attnum, p.scope_notnull))
    c (name, number, is_set)
WHERE p.root = $1 AND p.relation = $1 AND c.number IS NOT NULL AND NOT c.is_set
