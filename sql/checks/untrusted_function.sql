-- id: untrusted_function
-- severity: high
-- title: Function in an untrusted language that applications may run
-- why: C, internal and other untrusted languages act as the server itself, below row security and privileges. LANGUAGE
-- why: internal gives another name, executable by PUBLIC, to built-in functions that are kept from it.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, f.routine::oid AS object_id, f.routine::text AS object,
       format('%s is in the untrusted language %s; %s', f.routine, l.lanname, f.how) AS message,
       CASE WHEN f.grantees IS NULL THEN format('DROP ROUTINE %s; -- and its triggers', f.routine)
            ELSE format('REVOKE EXECUTE ON ROUTINE %s FROM %s;', f.routine, f.grantees) END AS remediation
FROM tenancy.application_routine f
JOIN pg_proc p ON p.oid = f.routine AND p.prokind <> 'a' -- aggregates say internal, and are what they call
JOIN pg_language l ON l.oid = p.prolang AND NOT l.lanpltrusted AND l.lanname <> 'sql'
