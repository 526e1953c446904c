-- id: tenant_column
-- severity: critical
-- title: Tenant column missing, nullable or of an unusable type
-- why: Rows without a tenant belong to nobody, and a type or collation that calls different values equal mixes tenants.
-- kind: structure
-- on: ALTER TABLE
SELECT p.root, p.relation::oid AS relation, p.relation::oid AS object_id, p.relation::text AS object,
       CASE
           WHEN p.attnum IS NULL THEN format('%s has no column %I', p.relation, p.tenant_column)
           WHEN a.attgenerated <> '' THEN format('column %I of %s is generated', p.tenant_column, p.relation)
           WHEN p.atttypid <> ALL ('{uuid,text,int4,int8}'::regtype[])
               THEN format('column %I of %s is of type %s', p.tenant_column, p.relation, format_type(p.atttypid, NULL))
           WHEN NOT c.collisdeterministic
               THEN format('column %I of %s has a collation that calls different texts equal', p.tenant_column, p.relation)
           WHEN p.attnotnull
               THEN format('NOT NULL of column %I of %s is not validated', p.tenant_column, p.relation)
           ELSE format('column %I of %s accepts NULL', p.tenant_column, p.relation)
       END AS message,
       CASE
           WHEN p.attnum IS NULL
               THEN format('ALTER TABLE %s ADD COLUMN %I uuid;', p.relation, p.tenant_column)
           WHEN a.attgenerated <> ''
               THEN format('ALTER TABLE %s DROP COLUMN %I; ALTER TABLE %s ADD COLUMN %I %s;', p.relation, p.tenant_column,
                           p.relation, p.tenant_column, format_type(p.atttypid, NULL))
           WHEN p.atttypid <> ALL ('{uuid,text,int4,int8}'::regtype[])
               THEN format('ALTER TABLE %s ALTER COLUMN %I TYPE text;', p.relation, p.tenant_column)
           WHEN NOT c.collisdeterministic
               THEN format('ALTER TABLE %s ALTER COLUMN %I TYPE text COLLATE "C";', p.relation, p.tenant_column)
           WHEN p.attnotnull THEN format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', p.relation, n.conname)
           ELSE format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL;', p.relation, p.tenant_column)
       END AS remediation
FROM tenancy.protected_relation p
LEFT JOIN pg_attribute a ON a.attrelid = p.relation AND a.attnum = p.attnum
LEFT JOIN pg_collation c ON c.oid = p.attcollation
-- Postgres 18 can have NOT NULL constraints that old rows were never checked against.
LEFT JOIN pg_constraint n ON n.conrelid = p.relation AND n.contype = 'n' AND n.conkey = ARRAY[p.attnum]
                         AND NOT n.convalidated
WHERE ($1 IS NULL OR p.root = $1)
  AND (p.attnum IS NULL
       OR a.attgenerated <> ''
       OR p.atttypid <> ALL ('{uuid,text,int4,int8}'::regtype[])
       OR NOT coalesce(c.collisdeterministic, true)
       OR NOT p.attnotnull
       OR n.oid IS NOT NULL)
