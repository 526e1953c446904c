-- Tables under the protected table $1 that no index leading with the tenant column serves.
SELECT p.relation::text
FROM tenancy.protected_relation p
JOIN pg_class c ON c.oid = p.relation AND c.relkind = 'r'
WHERE p.root = $1
  AND NOT EXISTS (SELECT FROM pg_index i
                  JOIN pg_class x ON x.oid = i.indexrelid
                  JOIN pg_am m ON m.oid = x.relam AND m.amname <> 'tenant_vector'
                  WHERE i.indrelid = p.relation AND i.indkey[0] = p.attnum AND i.indisvalid AND i.indpred IS NULL)
ORDER BY 1
