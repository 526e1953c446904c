-- A partition or child that left its protected table keeps its policies: it becomes a protected table of its own.
INSERT INTO tenancy.protected_table (relation, tenant_column)
SELECT DISTINCT o.polrelid, a.attname
FROM pg_policy o
JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = o.oid
                AND d.refclassid = 'pg_class'::regclass AND d.refobjid = o.polrelid AND d.refobjsubid > 0
JOIN pg_attribute a ON a.attrelid = o.polrelid AND a.attnum = d.refobjsubid
WHERE o.polname = 'tenancy_select'
  AND NOT EXISTS (SELECT FROM tenancy.protected_relation p WHERE p.relation = o.polrelid)
