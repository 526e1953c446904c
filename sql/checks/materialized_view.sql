-- id: materialized_view
-- severity: critical
-- title: Materialized view of a protected table
-- why: A materialized view is a copy of all tenants' rows, and row security cannot be put on it. What functions
-- why: that it calls read is not looked at.
-- kind: structure
-- on: CREATE MATERIALIZED VIEW
SELECT r.root, r.relation::oid AS relation, r.reader::oid AS object_id, r.reader::text AS object,
       format('materialized view %s copies rows of %s', r.reader, r.relation) AS message,
       format('DROP MATERIALIZED VIEW %s; -- and make a protected table of it', r.reader) AS remediation
FROM tenancy.protected_reader r
WHERE ($1 IS NULL OR r.root = $1)
  AND r.relkind = 'm'
