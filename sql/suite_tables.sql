-- The tables that a suite for schema $1 attacks, and the row that it makes in each: those of the schema, and all that
-- belongs to its tables, wherever it is. What cannot be made says why.
WITH member AS (
    SELECT DISTINCT ON (p.relation)
           p.root, p.relation::oid AS relation, c.relkind, c.relname, n.nspname,
           format('%I.%I', n.nspname, c.relname) AS name, p.tenant_column, p.atttypid, p.scope_column, p.shared
    FROM tenancy.protected_relation p
    JOIN pg_class c ON c.oid = p.relation
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class r ON r.oid = p.root
    WHERE $1 IN (c.relnamespace, r.relnamespace) AND c.relkind IN ('r', 'p')
    ORDER BY p.relation, p.root
), level AS (
    -- The keys by which rows come to a partition, its own first, and a value of each that does.
    SELECT m.relation, step.n, k.attname,
           CASE WHEN k.attname <> m.tenant_column
                THEN substring(pg_get_expr(c.relpartbound, c.oid)
                               FROM $re$^FOR VALUES (?:FROM|IN) \((E?'(?:[^']|'')*'|-?[0-9.]+|true|false)[,)]$re$) END AS value
    FROM member m
    CROSS JOIN LATERAL pg_partition_ancestors(m.relation) WITH ORDINALITY step (part, n)
    JOIN pg_class c ON c.oid = step.part AND c.relispartition
    JOIN pg_inherits i ON i.inhrelid = c.oid
    JOIN pg_partitioned_table p ON p.partrelid = i.inhparent
    LEFT JOIN pg_attribute k ON k.attrelid = p.partrelid AND p.partnatts = 1 AND k.attnum = p.partattrs[0]
), unique_key AS (
    SELECT i.indrelid, (i.indkey::int2[])[0 : i.indnkeyatts - 1] AS attnums
    FROM pg_index i
    WHERE i.indisunique AND i.indisvalid
), col AS (
    SELECT m.relation, a.attnum, a.attname, a.attidentity, a.atthasdef, t.typnotnull AS never_null,
           a.attname = m.tenant_column AS is_tenant, coalesce(a.attname = m.scope_column, false) AS is_scope,
           format_type(a.atttypid, a.atttypmod) AS type_name, b.typname, b.typtype, b.typcategory, b.oid AS base,
           CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END AS typmod,
           t.typtype = 'd' AND EXISTS (SELECT FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c') AS checked,
           (SELECT l.value FROM level l WHERE l.relation = m.relation AND l.attname = a.attname ORDER BY l.n LIMIT 1) AS routed,
           -- NOT NULL and no default that a superuser can have; or of a key, so that another tenant can try the same.
           (a.attnotnull OR t.typnotnull) AND a.attidentity = ''
               AND (NOT a.atthasdef OR pg_get_expr(d.adbin, d.adrelid) LIKE 'tenancy.%')
           OR EXISTS (SELECT FROM unique_key u WHERE u.indrelid = m.relation AND a.attnum = ANY (u.attnums))
           OR coalesce(a.attname = m.scope_column, false)
           OR EXISTS (SELECT FROM level l WHERE l.relation = m.relation AND l.attname = a.attname)
           OR EXISTS (SELECT FROM pg_partitioned_table p WHERE p.partrelid = m.relation AND a.attnum = ANY (p.partattrs::int2[]))
               AS needed
    FROM member m
    JOIN pg_attribute a ON a.attrelid = m.relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    JOIN pg_type t ON t.oid = a.atttypid
    JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
), given AS (
    SELECT c.*,
           CASE
               WHEN c.is_scope THEN quote_literal('{}')
               WHEN c.routed IS NOT NULL THEN c.routed
               WHEN c.checked THEN NULL
               WHEN c.typtype = 'e' THEN (SELECT quote_literal(e.enumlabel) FROM pg_enum e WHERE e.enumtypid = c.base
                                          ORDER BY e.enumsortorder LIMIT 1)
               WHEN c.typtype = 'r' THEN quote_literal('(,)')
               WHEN c.typtype = 'm' THEN quote_literal('{(,)}')
               WHEN c.typcategory = 'A' THEN quote_literal('{}')
               WHEN c.typname IN ('vector', 'halfvec') THEN format('array_fill(1, ARRAY[%s])::%s', greatest(c.typmod, 1), c.type_name)
               WHEN c.base >= 16384 AND c.typname <> 'citext' THEN NULL
               WHEN c.typname IN ('time', 'timetz') THEN quote_literal('00:00')
               WHEN c.typname = 'bit' THEN quote_literal(repeat('0', greatest(c.typmod, 1)))
               ELSE (SELECT quote_literal(v.value)
                     FROM (VALUES ('N', '0'), ('S', 'x'), ('B', 'false'), ('D', '2000-01-01'), ('T', '0'),
                                  ('I', '127.0.0.1'), ('V', '0'), ('uuid', '00000000-0000-4000-8000-000000000001'), ('json', '{}'),
                                  ('jsonb', '{}'), ('bytea', ''), ('tsvector', ''), ('macaddr', '00:00:00:00:00:00'),
                                  ('point', '(0,0)')) v (kind, value)
                     WHERE v.kind IN (c.typcategory::text, c.typname::text) LIMIT 1)
           END AS value
    FROM col c
    WHERE c.needed AND NOT c.is_tenant
), own AS (
    SELECT m.relation,
           coalesce(
               (SELECT format('column %I is of type %s', g.attname, g.type_name) FROM given g
                WHERE g.relation = m.relation AND g.value IS NULL ORDER BY g.attnum LIMIT 1),
               (SELECT format('constraint %I', k.conname) FROM pg_constraint k
                WHERE k.conrelid = m.relation AND k.contype = 'c'
                  AND (k.conkey IS NULL OR k.conkey = '{}'
                       OR EXISTS (SELECT FROM given g WHERE g.relation = m.relation AND g.attnum = ANY (k.conkey) AND NOT g.is_scope))
                ORDER BY k.conname LIMIT 1),
               (SELECT 'which rows are of this partition cannot be told' FROM level l
                WHERE l.relation = m.relation AND l.value IS NULL LIMIT 1),
               -- Through the table itself, any row finds a partition by hash or the one for all others.
               (SELECT 'which rows have a partition cannot be told' FROM pg_partitioned_table p
                WHERE p.partrelid = m.relation
                  AND NOT EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                                  WHERE i.inhparent = m.relation AND c.relkind = 'p')
                  AND NOT (p.partstrat = 'h' OR p.partdefid <> 0))) AS reason
    FROM member m
), chosen AS (
    -- A partitioned table takes the row of a partition, where one has any.
    SELECT m.*, coalesce(leaf.relation, m.relation) AS of_relation,
           CASE WHEN leaf.relation IS NULL THEN own.reason END AS reason,
           leaf.relation IS NULL AND own.reason IS NULL AS makes
    FROM member m
    JOIN own USING (relation)
    LEFT JOIN LATERAL (
        SELECT o.relation
        FROM pg_partition_tree(m.relation) t
        JOIN member o ON o.relation = t.relid
        JOIN own w ON w.relation = o.relation
        WHERE m.relkind = 'p' AND t.isleaf AND w.reason IS NULL AND o.relkind = 'r'
        ORDER BY o.name COLLATE "C" LIMIT 1
    ) leaf ON true
)
SELECT c.relation, c.name, c.relname::text, c.nspname::text, quote_ident(c.tenant_column),
       CASE c.atttypid WHEN 'uuid'::regtype THEN 'id' WHEN 'text'::regtype THEN 'slug' ELSE 'number' END AS names_tenant,
       c.shared, c.makes, coalesce(c.reason, '') AS reason,
       coalesce(r.columns, '') AS columns, coalesce(r.values, '') AS values, coalesce(r.overriding, false) AS overriding,
       coalesce(e.columns, '') AS defaults, coalesce(e.nulls, '') AS nulls,
       -- Another tenant can make the same row, and would hear of this one by a key.
       c.reason IS NULL
           AND EXISTS (SELECT FROM unique_key u WHERE u.indrelid = c.relation AND u.attnums <@ k.attnums)
           AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.conrelid = c.relation AND f.contype = 'f'
                           AND (f.confmatchtype = 'f' OR f.conkey <@ k.attnums))
           AND NOT EXISTS (SELECT FROM pg_trigger t JOIN tenancy.protected_relation p ON p.relation = t.tgrelid
                           WHERE p.root = c.root AND NOT t.tgisinternal AND t.tgtype & 4 <> 0) AS tries_key,
       coalesce((SELECT string_agg(quote_ident(t.tgname), ', ' ORDER BY t.tgname) FROM pg_trigger t
                 WHERE t.tgrelid = c.relation AND NOT t.tgisinternal AND t.tgtype & 3 = 3 AND t.tgtype & 20 <> 0), '') AS triggers,
       -- Restrictive policies are asked in the order of their names.
       EXISTS (SELECT FROM pg_policy o WHERE o.polrelid = c.relation AND NOT o.polpermissive AND o.polcmd IN ('*', 'a')
               AND o.polname NOT LIKE 'tenancy\_%') AS own_checks,
       EXISTS (SELECT FROM pg_policy o WHERE o.polrelid = c.relation AND NOT o.polpermissive AND o.polcmd IN ('*', 'r', 'w')
               AND o.polname NOT LIKE 'tenancy\_%') AS own_filters,
       -- Rows are brought to their partitions, and domains refuse NULL, before any policy.
       c.relkind = 'p' OR EXISTS (SELECT FROM col n WHERE n.relation = c.relation AND n.never_null AND NOT n.atthasdef
                                  AND NOT n.is_tenant) AS needs_whole_row,
       c.tenant_column::text AS tenant_name,
       (SELECT format('%I.%I', n.nspname, r.relname) FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace
        WHERE r.oid = c.root) AS root_name
FROM chosen c
LEFT JOIN LATERAL (
    SELECT string_agg(format(', %I', g.attname), '' ORDER BY g.attnum) AS columns,
           string_agg(', ' || g.value, '' ORDER BY g.attnum) AS values,
           -- Before Postgres 17, a partition's column is no identity where the table's is.
           bool_or(EXISTS (SELECT FROM col i WHERE i.relation = c.relation AND i.attname = g.attname AND i.attidentity = 'a'))
               AS overriding
    FROM given g WHERE g.relation = c.of_relation AND c.reason IS NULL
) r ON true
CROSS JOIN LATERAL (
    -- What a default could do before the policy is asked, NULL does not.
    SELECT string_agg(format(', %I', d.attname), '' ORDER BY d.attnum) AS columns, string_agg(', NULL', '') AS nulls
    FROM col d
    WHERE d.relation = c.relation AND d.atthasdef AND d.attidentity = '' AND NOT d.needed AND NOT d.is_tenant
      AND NOT d.never_null
) e
CROSS JOIN LATERAL (
    SELECT array_agg(a.attnum) AS attnums
    FROM pg_attribute a
    WHERE a.attrelid = c.relation
      AND (a.attname = c.tenant_column
           OR a.attname IN (SELECT g.attname FROM given g WHERE g.relation = c.of_relation))
) k
ORDER BY c.name COLLATE "C"
