-- The tenant column of the protected table $1, quoted, where it accepts NULL.
SELECT quote_ident(p.tenant_column)
FROM tenancy.protected_relation p
WHERE p.root = $1 AND p.relation = $1 AND p.attnum IS NOT NULL AND NOT p.attnotnull
