-- id: foreign_key_to_open_table
-- severity: critical
-- title: Foreign key to an unprotected table whose changes reach other tenants
-- why: Cascades run without row security: whoever deletes or updates a row of the unprotected table changes the rows
-- why: of all tenants that refer to it, and where nothing cascades the refusal tells that somebody refers to it.
-- kind: structure
-- on: ALTER TABLE, CREATE TABLE, GRANT
SELECT f.root, f.relation::oid AS relation, c.conrelid AS object_id, format('%I on %s', c.conname, c.conrelid::regclass) AS object,
       CASE WHEN a.cascades
                THEN format('foreign key %I of %s carries changes of unprotected table %s to all tenants',
                            c.conname, c.conrelid::regclass, c.confrelid::regclass)
            ELSE format('foreign key %I of %s tells who may change unprotected table %s whether any tenant refers to a row',
                        c.conname, c.conrelid::regclass, c.confrelid::regclass)
       END AS message,
       CASE WHEN a.tenant IS NOT NULL
                THEN format('REVOKE UPDATE, DELETE ON %s FROM %s; -- grant them again when it is protected by %I as well',
                            c.confrelid::regclass, g.grantees, a.tenant)
            WHEN a.cascades
                THEN format('ALTER TABLE %s DROP CONSTRAINT %I; -- and add it again without CASCADE and SET actions',
                            c.conrelid::regclass, c.conname)
            ELSE format('REVOKE UPDATE, DELETE ON %s FROM %s;', c.confrelid::regclass, g.grantees)
       END AS remediation
FROM tenancy.protected_relation f
JOIN pg_constraint c ON c.conrelid = f.relation AND c.contype = 'f' AND c.conparentid = 0
JOIN pg_class t ON t.oid = c.confrelid
CROSS JOIN LATERAL (
    SELECT c.confdeltype IN ('c', 'n', 'd') OR c.confupdtype IN ('c', 'n', 'd') AS cascades,
           -- What the tenant column refers to, where the key holds it.
           (SELECT r.attname FROM pg_attribute r
            WHERE r.attrelid = c.confrelid AND r.attnum = c.confkey[array_position(c.conkey, f.attnum)]) AS tenant
) a
CROSS JOIN LATERAL (
    SELECT string_agg(DISTINCT CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END, ', ')
           AS grantees
    FROM (SELECT * FROM aclexplode(t.relacl)
          UNION ALL
          SELECT v.* FROM pg_attribute b CROSS JOIN LATERAL aclexplode(b.attacl) v WHERE b.attrelid = t.oid) x
    WHERE x.privilege_type IN ('UPDATE', 'DELETE') AND x.grantee <> t.relowner
) g
WHERE ($1 IS NULL OR f.root = $1)
  AND NOT EXISTS (SELECT FROM tenancy.protected_relation p WHERE p.relation = c.confrelid)
  AND CASE WHEN a.tenant IS NULL THEN a.cascades OR g.grantees IS NOT NULL
           -- A key that holds the tenant column leads to a table that is to be protected next, as protect says; or to one
           -- of tenants, whose rows nobody of theirs may change.
           ELSE a.tenant <> f.tenant_column AND a.cascades AND g.grantees IS NOT NULL END
