-- id: unique_key_without_tenant
-- severity: high
-- title: Unique key without the tenant column
-- why: A unique violation, or ON CONFLICT DO NOTHING, tells a tenant that another tenant has a row of that key.
-- kind: structure
-- on: ALTER TABLE, CREATE TABLE, CREATE TABLE AS, CREATE INDEX
SELECT p.root, p.relation::oid AS relation, i.indexrelid AS object_id, i.indexrelid::regclass::text AS object,
       format('%s %s of %s does not include %I',
              CASE WHEN i.indisprimary THEN 'primary key'
                   WHEN i.indisexclusion THEN 'exclusion constraint'
                   WHEN c.oid IS NOT NULL THEN 'unique constraint'
                   ELSE 'unique index' END,
              x.relname, p.relation, p.tenant_column) AS message,
       CASE WHEN i.indisexclusion
                THEN format('ALTER TABLE %s DROP CONSTRAINT %I; -- and add it again with the tenant column WITH =',
                            p.relation, c.conname)
            WHEN c.oid IS NOT NULL
                THEN coalesce(f.drops, '') || format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I %s (%I, %s);',
                            p.relation, c.conname, c.conname,
                            CASE WHEN i.indisprimary THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, p.tenant_column, k.columns)
            ELSE format('DROP INDEX %s; CREATE UNIQUE INDEX %I ON %s (%I, %s)%s;',
                        i.indexrelid::regclass, x.relname, p.relation, p.tenant_column, k.columns,
                        coalesce(' WHERE ' || pg_get_expr(i.indpred, i.indrelid), ''))
       END AS remediation
FROM tenancy.protected_relation p
JOIN pg_index i ON i.indrelid = p.relation
JOIN pg_class x ON x.oid = i.indexrelid
LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x')
CROSS JOIN LATERAL (
    SELECT string_agg(pg_get_indexdef(i.indexrelid, n, true), ', ' ORDER BY n) AS columns
    FROM generate_series(1, i.indnkeyatts) n
) k
-- Foreign keys that stand on the key go first; their own remedies add them again.
CROSS JOIN LATERAL (
    SELECT string_agg(format('ALTER TABLE %s DROP CONSTRAINT %I; ', r.conrelid::regclass, r.conname), '' ORDER BY r.oid) AS drops
    FROM pg_constraint r
    WHERE r.contype = 'f' AND r.conindid = i.indexrelid AND r.conparentid = 0
) f
WHERE ($1 IS NULL OR p.root = $1)
  AND (i.indisunique OR i.indisexclusion)
  AND NOT x.relispartition
  AND NOT EXISTS (
      SELECT FROM generate_series(0, i.indnkeyatts - 1) n
      WHERE i.indkey[n] = p.attnum
        AND (NOT i.indisexclusion
             OR (SELECT o.oprname = '=' FROM pg_operator o WHERE o.oid = c.conexclop[n + 1])))
