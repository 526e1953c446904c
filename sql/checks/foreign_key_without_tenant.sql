-- id: foreign_key_without_tenant
-- severity: high
-- title: Foreign key that crosses tenants
-- why: Foreign keys are checked without row security: an insert probes for other tenants' rows, a cascade changes them.
-- kind: structure
-- on: ALTER TABLE, CREATE TABLE
SELECT coalesce(t.root, f.root) AS root, coalesce(t.relation, f.relation)::oid AS relation, c.conrelid AS object_id,
       format('%I on %s', c.conname, c.conrelid::regclass) AS object,
       CASE WHEN f.root IS NULL
                THEN format('foreign key %I of unprotected table %s references protected table %s',
                            c.conname, c.conrelid::regclass, c.confrelid::regclass)
            ELSE format('foreign key %I of %s to %s does not pair the tenant columns',
                        c.conname, c.conrelid::regclass, c.confrelid::regclass)
       END AS message,
       CASE WHEN f.root IS NULL
                THEN format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I; -- protect the table first, and add it again with the tenant column',
                            c.conrelid::regclass, c.conname)
            ELSE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I, ADD CONSTRAINT %I FOREIGN KEY (%I, %s) REFERENCES %s (%I, %s);',
                        c.conrelid::regclass, c.conname, c.conname, f.tenant_column, n.referencing,
                        c.confrelid::regclass, t.tenant_column, n.referenced)
       END AS remediation
FROM pg_constraint c
JOIN tenancy.protected_relation t ON t.relation = c.confrelid
LEFT JOIN tenancy.protected_relation f ON f.relation = c.conrelid
CROSS JOIN LATERAL (
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.ord) AS referencing,
           string_agg(quote_ident(b.attname), ', ' ORDER BY k.ord) AS referenced
    FROM unnest(c.conkey, c.confkey) WITH ORDINALITY k (mine, theirs, ord)
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.mine
    JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = k.theirs
) n
WHERE c.contype = 'f'
  AND c.conparentid = 0
  AND ($1 IS NULL OR t.root = $1 OR f.root = $1)
  AND NOT EXISTS (
      SELECT FROM unnest(c.conkey, c.confkey) k (mine, theirs)
      WHERE k.mine = f.attnum AND k.theirs = t.attnum)
