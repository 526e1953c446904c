-- Who may do what with the extension's objects: the whole matrix. A grant by accident is a difference here.
\set VERBOSITY terse
-- PUBLIC may do nothing.
SELECT o.kind, o.name, a.privilege_type
FROM (
    SELECT 'schema' AS kind, nspname::text AS name, coalesce(nspacl, acldefault('n', nspowner)) AS acl FROM pg_namespace WHERE nspname = 'tenancy'
    UNION ALL
    SELECT CASE relkind WHEN 'S' THEN 'sequence' ELSE 'relation' END, relname, coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))
    FROM pg_class WHERE relnamespace = 'tenancy'::regnamespace AND relkind IN ('r', 'v', 'S', 'm', 'p', 'f')
    UNION ALL
    SELECT 'column', attrelid::regclass || '.' || attname, attacl FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
    WHERE c.relnamespace = 'tenancy'::regnamespace AND attacl IS NOT NULL
    UNION ALL
    SELECT 'function', oid::regprocedure::text, coalesce(proacl, acldefault('f', proowner)) FROM pg_proc WHERE pronamespace = 'tenancy'::regnamespace
    UNION ALL
    SELECT 'type', typname, coalesce(typacl, acldefault('T', typowner)) FROM pg_type
    WHERE typnamespace = 'tenancy'::regnamespace AND typrelid = 0 AND typelem = 0
) o, aclexplode(o.acl) a
WHERE a.grantee = 0
ORDER BY 1, 2, 3;
-- Nobody but the owner holds a grant option, and the roles hold no other role.
SELECT c.relname, a.grantee::regrole FROM pg_class c, aclexplode(c.relacl) a
WHERE c.relnamespace = 'tenancy'::regnamespace AND a.is_grantable AND a.grantee <> c.relowner;
SELECT r.rolname, r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication, r.rolbypassrls,
       (SELECT count(*) FROM pg_auth_members m WHERE m.member = r.oid) AS member_of
FROM pg_roles r WHERE r.rolname LIKE 'tenancy\_%' ORDER BY 1;
-- Schema, functions, relations, sequences, columns: U = USAGE, C = CREATE, X = EXECUTE, r = SELECT, a = INSERT, w = UPDATE,
-- d = DELETE, D = TRUNCATE, x = REFERENCES, t = TRIGGER. Columns are listed where a role holds less than the whole table.
WITH object (ord, kind, name, acl) AS (
    SELECT 1, 'schema', nspname::text, nspacl FROM pg_namespace WHERE nspname = 'tenancy'
    UNION ALL
    SELECT 2, CASE relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' ELSE 'table' END, relname, relacl
    FROM pg_class WHERE relnamespace = 'tenancy'::regnamespace AND relkind IN ('r', 'v', 'S', 'm', 'p', 'f')
    UNION ALL
    SELECT 3, 'column', c.relname || '.' || attname, attacl FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
    WHERE c.relnamespace = 'tenancy'::regnamespace AND attacl IS NOT NULL
    UNION ALL
    SELECT 4, 'function', oid::regprocedure::text, proacl FROM pg_proc WHERE pronamespace = 'tenancy'::regnamespace
)
SELECT o.kind, o.name, m.admin, m.auditor, m.app
FROM object o
CROSS JOIN LATERAL (
    SELECT coalesce(string_agg(p.letter, '' ORDER BY p.ord) FILTER (WHERE a.grantee::regrole::text = 'tenancy_admin'), '') AS admin,
           coalesce(string_agg(p.letter, '' ORDER BY p.ord) FILTER (WHERE a.grantee::regrole::text = 'tenancy_auditor'), '') AS auditor,
           coalesce(string_agg(p.letter, '' ORDER BY p.ord) FILTER (WHERE a.grantee::regrole::text = 'tenancy_app'), '') AS app
    FROM aclexplode(o.acl) a
    JOIN unnest('{USAGE,CREATE,EXECUTE,SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER,MAINTAIN}'::text[],
                '{U,C,X,r,a,w,d,D,x,t,m}'::text[]) WITH ORDINALITY p (privilege, letter, ord) ON p.privilege = a.privilege_type
    WHERE a.grantee <> 0
) m
ORDER BY o.ord, o.kind, o.name COLLATE "C";
-- The views run as who asks: who may read one, and not what is behind it, reads nothing.
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'tenancy'::regnamespace AND c.relkind = 'v' AND NOT coalesce(c.reloptions @> '{security_invoker=true}', false);
