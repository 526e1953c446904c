-- id: application_creates_objects
-- severity: medium
-- title: Application that may create objects
-- why: Who may create objects can put functions and tables in the way of others' names, and bait for administrators.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, o.oid AS object_id, o.name AS object,
       format('%s may create %s in %s %s', a.name, CASE o.kind WHEN 'schema' THEN 'objects' ELSE 'schemas' END, o.kind, o.name)
           AS message,
       format('REVOKE CREATE ON %s %s FROM %s;', upper(o.kind), o.name, a.name) AS remediation
FROM (
    SELECT 'schema' AS kind, n.oid, quote_ident(n.nspname) AS name, n.nspowner AS owner, n.nspacl AS acl
    FROM pg_namespace n WHERE n.nspname NOT LIKE 'pg\_temp\_%' AND n.nspname NOT LIKE 'pg\_toast%'
    UNION ALL
    SELECT 'database', d.oid, quote_ident(d.datname), d.datdba, d.datacl
    FROM pg_database d WHERE d.datname = current_database()
) o
CROSS JOIN LATERAL aclexplode(o.acl) x
JOIN tenancy.application_role a ON a.role = x.grantee
WHERE x.privilege_type = 'CREATE' AND x.grantee <> o.owner
