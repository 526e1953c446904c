-- id: shared_ann_index
-- severity: high
-- title: Approximate vector index shared by tenants
-- why: An HNSW or IVFFlat index over all tenants gives a tenant fewer rows than asked for, depending on what others hold.
-- kind: structure
-- on: CREATE INDEX, ALTER TABLE
SELECT p.root, p.relation::oid AS relation, i.indexrelid AS object_id, i.indexrelid::regclass::text AS object,
       format('%s index %s on %s is shared by tenants', m.amname, i.indexrelid::regclass, p.relation) AS message,
       format('DROP INDEX %s;', i.indexrelid::regclass)
       || coalesce(format(' CREATE INDEX ON %s USING tenant_vector (%I, %s %s);', p.relation, p.tenant_column,
                          pg_get_indexdef(i.indexrelid, 1, false),
                          CASE WHEN pg_opclass_is_visible(own.oid) THEN quote_ident(own.opcname)
                               ELSE format('%s.%I', own.opcnamespace::regnamespace, own.opcname) END), '') AS remediation
FROM tenancy.protected_relation p
JOIN pg_index i ON i.indrelid = p.relation
JOIN pg_class x ON x.oid = i.indexrelid AND NOT x.relispartition
JOIN pg_am m ON m.oid = x.relam
JOIN pg_opclass c ON c.oid = i.indclass[0]
LEFT JOIN pg_opclass own ON own.opcname = c.opcname AND own.opcintype = c.opcintype
                        AND own.opcmethod = (SELECT oid FROM pg_am WHERE amname = 'tenant_vector')
WHERE ($1 IS NULL OR p.root = $1)
  AND m.amname IN ('hnsw', 'ivfflat')
