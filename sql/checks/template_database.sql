-- id: template_database
-- severity: high
-- title: Database that others may copy
-- why: Any role with CREATEDB can copy a template database, and owns the copy of all tenants' rows.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, d.oid AS object_id, quote_ident(d.datname) AS object,
       format('database %I is a template', d.datname) AS message,
       format('ALTER DATABASE %I IS_TEMPLATE false;', d.datname) AS remediation
FROM pg_database d
WHERE d.datname = current_database() AND d.datistemplate
