-- id: managed_schema_gone
-- severity: medium
-- title: Managed schema that is not there
-- why: A schema that was renamed while nothing watched is no longer managed; its later tables are not protected.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, NULL::oid AS object_id, quote_ident(m.schema_name) AS object,
       format('schema %I is managed and does not exist', m.schema_name) AS message,
       format('DELETE FROM tenancy.managed_schema WHERE schema_name = %L; -- and manage it under its new name', m.schema_name)
           AS remediation
FROM tenancy.managed_schema m
WHERE NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = m.schema_name)
