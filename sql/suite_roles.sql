-- Whom the application logs in as, and what each may do with the tables $1, of whose tenant columns $2 are the names.
SELECT r.rolname::text, t.relation,
       has_schema_privilege(r.oid, c.relnamespace, 'USAGE') AS reaches,
       has_any_column_privilege(r.oid, t.relation, 'SELECT') AS reads,
       has_column_privilege(r.oid, t.relation, t.tenant, 'SELECT') AS reads_tenant,
       has_column_privilege(r.oid, t.relation, t.tenant, 'INSERT') AS inserts,
       has_table_privilege(r.oid, t.relation, 'INSERT') AS inserts_all,
       has_column_privilege(r.oid, t.relation, t.tenant, 'UPDATE') AS updates,
       has_table_privilege(r.oid, t.relation, 'DELETE') AS deletes,
       NOT EXISTS (SELECT FROM pg_attrdef d
                   JOIN pg_depend x ON x.classid = 'pg_attrdef'::regclass AND x.objid = d.oid
                                   AND x.refclassid = 'pg_class'::regclass
                   JOIN pg_class s ON s.oid = x.refobjid
                   WHERE d.adrelid = t.relation
                     AND CASE WHEN s.relkind = 'S' THEN NOT has_sequence_privilege(r.oid, s.oid, 'USAGE') END) AS numbers
FROM pg_roles r
CROSS JOIN unnest($1::oid[], $2::text[]) WITH ORDINALITY t (relation, tenant, n)
JOIN pg_class c ON c.oid = t.relation
WHERE r.rolcanlogin AND NOT r.rolsuper AND r.rolname <> 'tenancy_app' AND pg_has_role(r.oid, 'tenancy_app', 'USAGE')
  AND EXISTS (SELECT FROM unnest($1::oid[]) o (relation)
              WHERE has_any_column_privilege(r.oid, o.relation, 'SELECT, INSERT, UPDATE')
                 OR has_table_privilege(r.oid, o.relation, 'DELETE'))
ORDER BY r.rolname, t.n
