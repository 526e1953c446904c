-- id: unknown_index_method
-- severity: medium
-- title: Index of an access method that pg_tenancy does not know
-- why: An approximate index over all tenants gives a tenant fewer rows than asked for, depending on what others hold.
-- why: Whether this one does, or is hnsw under another name, its maker can say.
-- kind: environment
SELECT p.root, p.relation::oid AS relation, i.indexrelid AS object_id, i.indexrelid::regclass::text AS object,
       format('index %s on %s is of access method %I', i.indexrelid::regclass, p.relation, m.amname) AS message,
       format('DROP INDEX %s;', i.indexrelid::regclass) AS remediation
FROM tenancy.protected_relation p
JOIN pg_index i ON i.indrelid = p.relation
JOIN pg_class x ON x.oid = i.indexrelid AND NOT x.relispartition
JOIN pg_am m ON m.oid = x.relam
WHERE ($1 IS NULL OR p.root = $1)
  AND m.oid >= 16384
  AND m.amname NOT IN ('tenant_vector', 'hnsw', 'ivfflat', 'bloom', 'rum') -- the two of vector have a check of their own
