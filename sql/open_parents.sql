-- Unprotected tables that the protected table $1 refers to by its tenant column.
SELECT DISTINCT c.confrelid::regclass::text
FROM tenancy.protected_relation f
JOIN pg_constraint c ON c.conrelid = f.relation AND c.contype = 'f' AND f.attnum = ANY (c.conkey)
WHERE f.root = $1 AND c.confrelid <> 'tenancy.tenant'::regclass
  AND NOT EXISTS (SELECT FROM tenancy.protected_relation p WHERE p.relation = c.confrelid)
ORDER BY 1
