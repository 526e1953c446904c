-- id: role_attributes
-- severity: high
-- title: Application role that can create roles or databases
-- why: CREATEROLE grants itself other roles, on Postgres 15 all but superusers; CREATEDB copies template databases.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, a.role AS object_id, a.name AS object,
       format('%s has %s, and %s', a.name, x.attributes, a.how) AS message,
       CASE WHEN a.application THEN format('ALTER ROLE %s NOCREATEROLE NOCREATEDB;', a.name) ELSE a.revoke END AS remediation
FROM tenancy.application_role a
JOIN pg_roles r ON r.oid = a.role
CROSS JOIN LATERAL (
    SELECT concat_ws(' and ', CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END,
                     CASE WHEN r.rolcreatedb THEN 'CREATEDB' END) AS attributes
) x
WHERE x.attributes <> '' AND NOT r.rolsuper
