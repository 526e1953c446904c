-- id: scope_column
-- severity: critical
-- title: Scope column missing, nullable or of another type
-- why: A scope that is not a flat object of strings can satisfy two floors, or all of them; a row without one is nowhere.
-- kind: structure
-- on: ALTER TABLE
SELECT p.root, p.relation::oid AS relation, p.relation::oid AS object_id, p.relation::text AS object,
       CASE
           WHEN p.scope_attnum IS NULL THEN format('%s has no column %I', p.relation, p.scope_column)
           WHEN a.attgenerated <> '' THEN format('column %I of %s is generated', p.scope_column, p.relation)
           WHEN p.scope_typid <> 'tenancy.scope'::regtype
               THEN format('column %I of %s is of type %s', p.scope_column, p.relation, format_type(p.scope_typid, NULL))
           WHEN p.scope_notnull
               THEN format('NOT NULL of column %I of %s is not validated', p.scope_column, p.relation)
           ELSE format('column %I of %s accepts NULL', p.scope_column, p.relation)
       END AS message,
       CASE
           WHEN p.scope_attnum IS NULL
               THEN format('ALTER TABLE %s ADD COLUMN %I tenancy.scope NOT NULL DEFAULT ''{}'';', p.relation, p.scope_column)
           WHEN a.attgenerated <> ''
               THEN format('ALTER TABLE %s ALTER COLUMN %I DROP EXPRESSION;', p.relation, p.scope_column)
           WHEN p.scope_typid <> 'tenancy.scope'::regtype
               THEN format('ALTER TABLE %s ALTER COLUMN %I TYPE tenancy.scope USING %I::text::jsonb;', p.relation,
                           p.scope_column, p.scope_column)
           WHEN p.scope_notnull THEN format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', p.relation, n.conname)
           ELSE format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL;', p.relation, p.scope_column)
       END AS remediation
FROM tenancy.protected_relation p
LEFT JOIN pg_attribute a ON a.attrelid = p.relation AND a.attnum = p.scope_attnum
LEFT JOIN pg_constraint n ON n.conrelid = p.relation AND n.contype = 'n' AND n.conkey = ARRAY[p.scope_attnum]
                         AND NOT n.convalidated
WHERE ($1 IS NULL OR p.root = $1)
  AND p.scope_column IS NOT NULL
  AND (p.scope_attnum IS NULL
       OR a.attgenerated <> ''
       OR p.scope_typid <> 'tenancy.scope'::regtype
       OR NOT p.scope_notnull
       OR n.oid IS NOT NULL)
