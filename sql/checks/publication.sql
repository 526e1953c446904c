-- id: publication
-- severity: high
-- title: Protected table in a publication
-- why: Logical replication sends the rows of all tenants, without row security, to whoever subscribes.
-- kind: structure
-- on: CREATE PUBLICATION, ALTER PUBLICATION, ALTER TABLE, CREATE TABLE
SELECT p.root, p.relation::oid AS relation, b.oid AS object_id, quote_ident(b.pubname) AS object,
       format('publication %I sends the rows of %s', b.pubname, p.relation) AS message,
       CASE WHEN EXISTS (SELECT FROM pg_publication_rel r WHERE r.prpubid = b.oid AND r.prrelid = p.relation)
                THEN format('ALTER PUBLICATION %I DROP TABLE %s;', b.pubname, p.relation)
            ELSE format('DROP PUBLICATION %I; -- and publish the other tables one by one', b.pubname)
       END AS remediation
FROM tenancy.protected_relation p
JOIN pg_class c ON c.oid = p.relation
JOIN pg_publication b
  ON b.puballtables
  OR EXISTS (SELECT FROM pg_publication_rel r WHERE r.prpubid = b.oid AND r.prrelid = p.relation)
  OR EXISTS (SELECT FROM pg_publication_namespace n WHERE n.pnpubid = b.oid AND n.pnnspid = c.relnamespace)
WHERE ($1 IS NULL OR p.root = $1)
