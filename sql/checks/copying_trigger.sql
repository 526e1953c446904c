-- id: copying_trigger
-- severity: critical
-- title: Trigger that copies rows of a protected table into one that applications read
-- why: Row security stays behind: a copy in an unprotected table is there for every tenant. What a trigger's text says is
-- why: looked at, not what it calls or builds.
-- kind: environment
SELECT p.root, p.relation::oid AS relation, t.oid AS object_id, format('%I on %s', t.tgname, p.relation) AS object,
       format('trigger %I of %s writes to unprotected table %s, which %s may read', t.tgname, p.relation, c.oid::regclass,
              string_agg(DISTINCT a.name, ', ')) AS message,
       format('REVOKE SELECT ON %s FROM %s; -- or protect it', c.oid::regclass, string_agg(DISTINCT a.name, ', '))
           AS remediation
FROM tenancy.protected_relation p
JOIN pg_trigger t ON t.tgrelid = p.relation AND NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgenabled <> 'D'
JOIN pg_proc f ON f.oid = t.tgfoid
JOIN pg_language l ON l.oid = f.prolang AND l.lanname NOT IN ('c', 'internal')
CROSS JOIN LATERAL regexp_matches(
    regexp_replace(f.prosrc, '--[^\n]*|/\*.*?\*/', ' ', 'g'),
    '\m(?:insert\s+into|update(?:\s+only)?|merge\s+into|copy)\s+("(?:[^"]|"")+"|[[:alpha:]_][\w$]*)(?:\s*\.\s*("(?:[^"]|"")+"|[[:alpha:]_][\w$]*))?',
    'gi') w
CROSS JOIN LATERAL (
    SELECT CASE WHEN w[2] IS NOT NULL THEN (parse_ident(w[1]))[1] END AS schema, (parse_ident(coalesce(w[2], w[1])))[1] AS name
) n
JOIN pg_class c ON c.relname = n.name AND c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't'
JOIN pg_namespace s ON s.oid = c.relnamespace AND s.nspname = coalesce(n.schema, s.nspname)
                   AND s.nspname NOT IN ('pg_catalog', 'information_schema', 'tenancy')
CROSS JOIN LATERAL (
    SELECT x.grantee, x.privilege_type FROM aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) x
    UNION ALL
    SELECT x.grantee, x.privilege_type FROM pg_attribute b CROSS JOIN LATERAL aclexplode(b.attacl) x
    WHERE b.attrelid = c.oid AND b.attacl IS NOT NULL
) g
JOIN tenancy.application_role a ON a.role = g.grantee
WHERE ($1 IS NULL OR p.root = $1)
  AND g.privilege_type = 'SELECT'
  AND NOT EXISTS (SELECT FROM tenancy.protected_relation q WHERE q.relation = c.oid)
GROUP BY p.root, p.relation, t.oid, t.tgname, c.oid
