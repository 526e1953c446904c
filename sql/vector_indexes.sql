-- Indexes of the access method tenant_vector that are in use, but for those of others' temporary tables.
SELECT x.oid
FROM pg_class x
JOIN pg_am m ON m.oid = x.relam AND m.amname = 'tenant_vector'
JOIN pg_index i ON i.indexrelid = x.oid AND i.indisvalid
WHERE x.relkind = 'i' AND x.relpersistence <> 't'
ORDER BY x.oid
