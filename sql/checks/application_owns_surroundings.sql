-- id: application_owns_surroundings
-- severity: high
-- title: Database, schema or code around protected tables owned by an application role
-- why: The owner of a schema or database may drop or alter what is in it; the owner of a function may replace what
-- why: triggers of protected tables run. An object of pg_tenancy answers to its owner.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, o.oid AS object_id, o.name AS object,
       format('%s %s belongs to %s, which %s', o.kind, o.name, a.name, a.how) AS message,
       format('ALTER %s %s OWNER TO a_role_that_no_application_can_become;', upper(o.kind), o.name) AS remediation
FROM (
    SELECT 'database' AS kind, d.oid, quote_ident(d.datname) AS name, d.datdba AS owner
    FROM pg_database d WHERE d.datname = current_database()
    UNION ALL
    SELECT 'schema', n.oid, quote_ident(n.nspname), n.nspowner
    FROM pg_namespace n
    WHERE n.nspname = 'tenancy'
       OR EXISTS (SELECT FROM tenancy.protected_relation p JOIN pg_class c ON c.oid = p.relation
                  WHERE c.relnamespace = n.oid)
    UNION ALL
    SELECT 'routine', f.oid, f.oid::regprocedure::text, f.proowner
    FROM pg_proc f
    WHERE f.pronamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = 'tenancy')
       OR EXISTS (SELECT FROM pg_trigger t JOIN tenancy.protected_relation p ON p.relation = t.tgrelid
                  WHERE t.tgfoid = f.oid AND NOT t.tgisinternal)
    UNION ALL
    SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'table' END, c.oid, c.oid::regclass::text, c.relowner
    FROM pg_class c
    WHERE c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = 'tenancy') AND c.relkind IN ('r', 'v')
) o
JOIN tenancy.application_role a ON a.role = o.owner
