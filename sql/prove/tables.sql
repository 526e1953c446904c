-- The protected tables of $1 (NULL for all) and all under them, as the report has them. JSON.
SELECT coalesce(jsonb_agg(jsonb_build_object(
           'name', p.relation::text, 'root', p.root::text, 'owner', pg_get_userbyid(c.relowner),
           'tenant_column', p.tenant_column, 'scope_column', p.scope_column, 'shared', p.shared,
           'read_grants', (SELECT count(*) FROM tenancy.read_grant g JOIN tenancy.read_grant_list l USING (grant_id)
                           WHERE g.relation = p.relation AND l.status = 'active'),
           'rows_seen', 0,
           'policies', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                                   'name', o.polname,
                                   'kind', CASE WHEN o.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                                   'command', CASE o.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                                                            WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
                                   'roles', (SELECT jsonb_agg(CASE WHEN m.oid = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(m.oid) END
                                                              ORDER BY m.oid) FROM unnest(o.polroles) m (oid)),
                                   'using', pg_get_expr(o.polqual, o.polrelid),
                                   'check', pg_get_expr(o.polwithcheck, o.polrelid)) ORDER BY o.polname), '[]')
                        FROM pg_policy o WHERE o.polrelid = p.relation),
           'privileges', (SELECT coalesce(jsonb_agg(DISTINCT a.item), '[]')
                          FROM (SELECT unnest(coalesce(c.relacl, acldefault('r', c.relowner)))::text AS item
                                UNION ALL
                                SELECT format('%s (%I)', x.item, b.attname)
                                FROM pg_attribute b CROSS JOIN LATERAL unnest(b.attacl) x (item)
                                WHERE b.attrelid = p.relation AND NOT b.attisdropped) a))
       ORDER BY p.root::text, p.relation::oid <> p.root, p.relation::text), '[]')::text
FROM tenancy.protected_relation p
JOIN pg_class c ON c.oid = p.relation
WHERE $1 IS NULL OR p.root = ANY ($1)
