-- id: cascade_across_scopes
-- severity: high
-- title: Foreign key that changes rows outside the scope
-- why: Referential actions run without row security: who deletes a row in his scope would delete or change rows outside of it.
-- kind: structure
-- on: ALTER TABLE, CREATE TABLE
SELECT t.root, t.relation::oid AS relation, c.conrelid AS object_id, format('%I on %s', c.conname, c.conrelid::regclass) AS object,
       format('foreign key %I of %s to %s cascades and does not pair the scope columns', c.conname, c.conrelid::regclass,
              c.confrelid::regclass) AS message,
       format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I, ADD CONSTRAINT %I FOREIGN KEY (%s) REFERENCES %s (%s);',
              c.conrelid::regclass, c.conname, c.conname, n.referencing, c.confrelid::regclass, n.referenced) AS remediation
FROM pg_constraint c
JOIN tenancy.protected_relation t ON t.relation = c.confrelid AND t.scope_column IS NOT NULL
JOIN tenancy.protected_relation f ON f.relation = c.conrelid
CROSS JOIN LATERAL (
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.ord) AS referencing,
           string_agg(quote_ident(b.attname), ', ' ORDER BY k.ord) AS referenced
    FROM unnest(c.conkey, c.confkey) WITH ORDINALITY k (mine, theirs, ord)
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.mine
    JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = k.theirs
) n
WHERE c.contype = 'f'
  AND c.conparentid = 0
  AND (c.confdeltype IN ('c', 'n', 'd') OR c.confupdtype IN ('c', 'n', 'd'))
  AND ($1 IS NULL OR t.root = $1 OR f.root = $1)
  AND NOT EXISTS (
      SELECT FROM unnest(c.conkey, c.confkey) k (mine, theirs)
      WHERE k.mine = f.scope_attnum AND k.theirs = t.scope_attnum)
