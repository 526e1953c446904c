-- id: copying_trigger
-- severity: critical
-- title: Trigger that copies rows of a protected table into one that applications read
-- why: Row security stays behind: a copy in an unprotected table is there for every tenant. What a trigger's text says is
-- why: looked at, not what it calls or builds.
-- kind: environment
WITH RECURSIVE edge AS MATERIALIZED (
    -- Rows of a table are read through its partitions, the tables above it, and views.
    SELECT i.inhrelid AS relation, i.inhparent AS through FROM pg_inherits i
    UNION ALL
    SELECT i.inhparent, i.inhrelid FROM pg_inherits i
    UNION ALL
    SELECT d.refobjid, w.ev_class
    FROM pg_rewrite w
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                    AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class
    WHERE w.rulename = '_RETURN'
      -- One that asks for the bound tenant is let be, if it is a security barrier.
      AND NOT (EXISTS (SELECT FROM pg_depend a JOIN pg_proc f ON a.refclassid = 'pg_proc'::regclass AND f.oid = a.refobjid
                       WHERE a.classid = 'pg_rewrite'::regclass AND a.objid = w.oid AND f.proname LIKE 'current\_tenant%'
                         AND f.pronamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = 'tenancy'))
               AND EXISTS (SELECT FROM pg_class v CROSS JOIN LATERAL pg_options_to_table(v.reloptions) o
                           WHERE v.oid = w.ev_class AND o.option_name = 'security_barrier' AND o.option_value::boolean))
), writes AS MATERIALIZED (
    SELECT DISTINCT t.tgrelid AS source, t.oid AS trigger, t.tgname, c.oid AS target, c.relkind
    FROM pg_trigger t
    JOIN pg_proc f ON f.oid = t.tgfoid
    JOIN pg_language l ON l.oid = f.prolang AND l.lanname NOT IN ('c', 'internal')
    CROSS JOIN LATERAL regexp_matches(
        -- Without comments, and without strings but those that are statements.
        regexp_replace(f.prosrc, '(''\s*(?:insert|update|merge|copy|with)\M(?:[^'']|'''')*'')|''(?:[^'']|'''')*''|--[^\n]*|/\*(?:[^*]|\*+[^*/])*\*+/',
                       '\1 ', 'gi'),
        '\m(?:insert\s+into|update|merge\s+into|copy)\s+(?:only\M\s*)?\(?\s*(?:u&)?("(?:[^"]|"")+"|[[:alpha:]_][\w$]*)(?:\s*\.\s*(?:u&)?("(?:[^"]|"")+"|[[:alpha:]_][\w$]*))?',
        'gi') w
    CROSS JOIN LATERAL (
        SELECT CASE WHEN w[2] IS NOT NULL THEN (parse_ident(w[1]))[1]::name END AS schema,
               (parse_ident(coalesce(w[2], w[1])))[1]::name AS name
    ) n
    JOIN pg_class c ON c.relname = n.name AND c.relkind IN ('r', 'p', 'f', 'v') AND c.relpersistence <> 't'
    JOIN pg_namespace s ON s.oid = c.relnamespace AND s.nspname = coalesce(n.schema, s.nspname)
                       AND s.nspname NOT IN ('pg_catalog', 'information_schema', 'tenancy')
    WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgenabled <> 'D'
), written AS (
    SELECT p.root, p.relation, w.*
    FROM (SELECT q.root, q.relation, q.relation::oid AS source FROM tenancy.protected_relation q
          UNION
          SELECT r.root, r.root::regclass, r.reader FROM tenancy.protected_reader r) p
    JOIN writes w USING (source)
    WHERE $1 IS NULL OR p.root = $1
    UNION
    -- What is written may be written on.
    SELECT b.root, b.relation, w.*
    FROM written b JOIN writes w ON w.source = b.target
    WHERE NOT EXISTS (SELECT FROM tenancy.protected_relation q WHERE q.relation = b.target)
), copy AS (
    SELECT w.trigger, w.target, w.target AS relation FROM written w
    UNION
    -- What is written through a view is in the table below it.
    SELECT w.trigger, w.target, e.relation FROM written w JOIN edge e ON e.through = w.target
    WHERE w.relkind = 'v' AND pg_relation_is_updatable(w.target, false) <> 0
    UNION
    SELECT k.trigger, k.target, e.through
    FROM copy k JOIN edge e USING (relation)
    WHERE NOT EXISTS (SELECT FROM tenancy.protected_relation q WHERE q.relation = k.relation)
)
SELECT w.root, w.relation::oid AS relation, w.trigger AS object_id, format('%I on %s', w.tgname, w.source::regclass) AS object,
       CASE WHEN k.relation = w.target
            THEN format('trigger %I of %s writes to unprotected table %s, which %s may read', w.tgname, w.source::regclass,
                        k.relation::regclass, string_agg(DISTINCT g.name, ', '))
            ELSE format('trigger %I of %s writes to unprotected table %s, which %s may read through %s', w.tgname, w.source::regclass,
                        w.target::regclass, string_agg(DISTINCT g.name, ', '), k.relation::regclass)
       END AS message,
       format('REVOKE SELECT ON %s FROM %s;%s', k.relation::regclass, string_agg(DISTINCT g.name, ', '),
              CASE WHEN c.relkind IN ('r', 'p') THEN ' -- or protect it' END) AS remediation
FROM written w
JOIN copy k USING (trigger, target)
JOIN pg_class c ON c.oid = k.relation
JOIN tenancy.application_privilege g ON g.relation = k.relation AND g.privilege = 'SELECT'
WHERE NOT EXISTS (SELECT FROM tenancy.protected_relation q WHERE q.relation = k.relation)
  -- What other checks tell.
  AND NOT EXISTS (SELECT FROM tenancy.protected_reader r WHERE r.reader = k.relation)
GROUP BY w.root, w.relation, w.source, w.trigger, w.tgname, w.target, k.relation, c.relkind
