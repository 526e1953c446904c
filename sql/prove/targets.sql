-- What is probed: every table under a protected table of $1 (NULL for all), and the record of decisions; which role of an
-- application does what there, with which search_path and columns. JSON.
WITH application AS MATERIALIZED (
    SELECT r.oid, r.rolname, row_number() OVER (ORDER BY r.rolname = 'tenancy_app', NOT r.rolcanlogin, r.rolname) AS place,
           -- First of all, lest somebody's operators answer for those of the statements.
           'pg_catalog, ' || coalesce((SELECT substr(o.setting, 13)
                     FROM pg_db_role_setting s CROSS JOIN unnest(s.setconfig) o (setting)
                     WHERE s.setrole IN (r.oid, 0) AND s.setdatabase IN (0, d.oid) AND o.setting LIKE 'search\_path=%'
                     ORDER BY s.setrole DESC, s.setdatabase DESC LIMIT 1), '"$user", public') AS search_path
    FROM pg_roles r JOIN pg_database d ON d.datname = current_database()
    WHERE NOT r.rolsuper AND NOT r.rolbypassrls AND pg_has_role(r.oid, 'tenancy_app', 'MEMBER')
), target AS MATERIALIZED (
    SELECT p.root::oid AS root, p.relation::oid AS relation, p.tenant_column, p.attnum, p.atttypid, p.shared, p.granted
    FROM tenancy.protected_relation p
    JOIN pg_class c ON c.oid = p.relation AND c.relkind IN ('r', 'p')
    WHERE p.attnum IS NOT NULL AND ($1 IS NULL OR p.root = ANY ($1))
    UNION ALL
    SELECT a.attrelid, a.attrelid, a.attname, a.attnum, a.atttypid, false, false
    FROM pg_attribute a
    WHERE $1 IS NULL AND a.attrelid = 'tenancy.decision_trace'::regclass AND a.attname = 'tenant_id'
), who AS (
    SELECT t.relation, v.verb, (array_agg(a.oid ORDER BY a.place))[1] AS role
    FROM target t
    JOIN pg_class c ON c.oid = t.relation
    CROSS JOIN application a
    CROSS JOIN LATERAL (VALUES
        ('read',    has_column_privilege(a.oid, t.relation, t.attnum, 'SELECT')),
        ('whole',   has_table_privilege(a.oid, t.relation, 'SELECT')),
        ('insert',  has_table_privilege(a.oid, t.relation, 'INSERT')
                    OR has_column_privilege(a.oid, t.relation, t.attnum, 'INSERT')),
        ('update',  has_any_column_privilege(a.oid, t.relation, 'UPDATE')
                    AND has_table_privilege(a.oid, t.relation, 'SELECT')),
        ('delete',  has_table_privilege(a.oid, t.relation, 'DELETE')
                    AND has_table_privilege(a.oid, t.relation, 'SELECT')),
        ('move',    has_column_privilege(a.oid, t.relation, t.attnum, 'UPDATE')
                    AND has_table_privilege(a.oid, t.relation, 'SELECT')),
        ('update by column', has_any_column_privilege(a.oid, t.relation, 'UPDATE')
                             AND has_column_privilege(a.oid, t.relation, t.attnum, 'SELECT')),
        ('delete by column', has_table_privilege(a.oid, t.relation, 'DELETE')
                             AND has_column_privilege(a.oid, t.relation, t.attnum, 'SELECT')),
        ('move by column',   has_column_privilege(a.oid, t.relation, t.attnum, 'UPDATE')),
        ('read at all', has_any_column_privilege(a.oid, t.relation, 'SELECT')),
        ('update at all', has_any_column_privilege(a.oid, t.relation, 'UPDATE')),
        ('delete at all', has_table_privilege(a.oid, t.relation, 'DELETE'))) v (verb, can)
    WHERE v.can AND has_schema_privilege(a.oid, c.relnamespace, 'USAGE')
    GROUP BY t.relation, v.verb
)
SELECT coalesce(jsonb_agg(jsonb_build_object(
           'oid', t.relation::int8,
           'name', t.relation::regclass::text,
           'is_root', t.root = t.relation AND NOT c.relname = 'decision_trace',
           'tenant', quote_ident(t.tenant_column),
           'type_name', format_type(t.atttypid, NULL),
           'columns', (SELECT coalesce(jsonb_agg(quote_ident(a.attname) ORDER BY a.attnum), '[]')
                       FROM pg_attribute a
                       WHERE a.attrelid = t.relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
                         AND a.attnum <> t.attnum
                         AND (w.insert IS NULL OR has_column_privilege(w.insert, t.relation, a.attnum, 'INSERT'))),
           'assignment', (SELECT format('%I = %s', a.attname, CASE WHEN r.readable THEN quote_ident(a.attname) ELSE 'DEFAULT' END)
                          FROM pg_attribute a
                          CROSS JOIN LATERAL (SELECT has_column_privilege(w.update, t.relation, a.attnum, 'SELECT')
                                                     AND a.attgenerated = '' AND a.attidentity <> 'a') r (readable)
                          WHERE a.attrelid = t.relation AND a.attnum > 0 AND NOT a.attisdropped
                            AND has_column_privilege(w.update, t.relation, a.attnum, 'UPDATE')
                          ORDER BY NOT r.readable, a.attnum = t.attnum, a.attnum LIMIT 1),
           'roles', w.roles,
           'views', CASE WHEN t.root = t.relation THEN
               (SELECT coalesce(jsonb_agg(DISTINCT r.reader::regclass::text), '[]')
                FROM tenancy.protected_reader r
                WHERE r.root = t.root AND r.relkind = 'v' AND has_table_privilege(w.read, r.reader, 'SELECT')) ELSE '[]' END
       ) ORDER BY t.root::regclass::text, t.relation <> t.root, t.relation::regclass::text), '[]')::text
FROM target t
JOIN pg_class c ON c.oid = t.relation
CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_object_agg(who.verb, jsonb_build_array(who.role::int8, a.rolname, a.search_path)), '{}') AS roles,
           max(who.role) FILTER (WHERE who.verb = 'insert') AS insert,
           coalesce(max(who.role) FILTER (WHERE who.verb = 'update'),
                    max(who.role) FILTER (WHERE who.verb = 'update by column')) AS update,
           max(who.role) FILTER (WHERE who.verb = 'read') AS read
    FROM who JOIN application a ON a.oid = who.role WHERE who.relation = t.relation
) w
