-- id: shared_ann_index
-- severity: high
-- title: Approximate vector index shared by tenants
-- why: An HNSW or IVFFlat index over all tenants gives a tenant fewer rows than asked for, depending on what others hold.
-- kind: structure
-- on: CREATE INDEX, ALTER TABLE
SELECT p.root, p.relation::oid AS relation, i.indexrelid AS object_id, i.indexrelid::regclass::text AS object,
       format('%s index %s on %s is shared by tenants', m.amname, i.indexrelid::regclass, p.relation) AS message,
       format('DROP INDEX %s;', i.indexrelid::regclass) AS remediation
FROM tenancy.protected_relation p
JOIN pg_index i ON i.indrelid = p.relation
JOIN pg_class x ON x.oid = i.indexrelid AND NOT x.relispartition
JOIN pg_am m ON m.oid = x.relam
WHERE p.root = coalesce($1, p.root)
  AND m.amname IN ('hnsw', 'ivfflat')
