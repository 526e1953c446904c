-- id: extension_outdated
-- severity: medium
-- title: Extension older than its library
-- why: Policies, functions and grants of this database are those of an earlier version than the library that the server runs.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, e.oid AS object_id, quote_ident(e.extname) AS object,
       format('pg_tenancy %s is installed here, and its files are of %s', e.extversion, a.default_version) AS message,
       'ALTER EXTENSION pg_tenancy UPDATE;' AS remediation
FROM pg_extension e
JOIN pg_available_extensions a ON a.name = e.extname
WHERE e.extname = 'pg_tenancy' AND a.default_version <> e.extversion
