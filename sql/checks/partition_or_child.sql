-- id: partition_or_child
-- severity: critical
-- title: Protected table below an unprotected one, or with a foreign table below it
-- why: A query of the parent reads its children's rows under the parent's policies only; a foreign table has none.
-- kind: structure
-- on: ALTER TABLE, CREATE TABLE, CREATE FOREIGN TABLE, ALTER FOREIGN TABLE
SELECT p.root, p.relation::oid AS relation, i.inhparent AS object_id, i.inhparent::regclass::text AS object,
       format('%s is a partition or child of %s, which is not protected', p.relation, i.inhparent::regclass) AS message,
       format('SELECT tenancy.protect(%L, %L); -- it covers its children', i.inhparent::regclass, p.tenant_column) AS remediation
FROM tenancy.protected_relation p
JOIN pg_inherits i ON i.inhrelid = p.relation
WHERE ($1 IS NULL OR p.root = $1)
  AND NOT EXISTS (SELECT FROM tenancy.protected_relation q WHERE q.relation = i.inhparent)
UNION ALL
SELECT p.root, p.relation::oid, p.relation::oid, p.relation::text,
       format('%s is a foreign table below %s', p.relation, p.root),
       format('ALTER TABLE %s DETACH PARTITION %s;', p.root, p.relation)
FROM tenancy.protected_relation p
JOIN pg_class c ON c.oid = p.relation AND c.relkind = 'f'
WHERE ($1 IS NULL OR p.root = $1)
