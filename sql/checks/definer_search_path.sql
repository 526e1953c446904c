-- id: definer_search_path
-- severity: high
-- title: SECURITY DEFINER function that finds names where its caller says
-- why: Without a search_path of its own, or with one that does not end with pg_temp, the caller's tables, functions and
-- why: operators take the place of those meant, and run as the owner.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, f.routine::oid AS object_id, f.routine::text AS object,
       format('%s, which runs as %s, %s; %s', f.routine, f.owner::regrole,
              CASE WHEN s.path IS NULL THEN 'has no search_path of its own'
                   ELSE format('has search_path %s, which does not end with pg_temp', s.path) END, f.how) AS message,
       format('ALTER ROUTINE %s SET search_path = %s, pg_temp;', f.routine, coalesce(l.others, 'pg_catalog')) AS remediation
FROM tenancy.application_routine f
JOIN pg_proc p ON p.oid = f.routine AND p.prosqlbody IS NULL -- a body that was parsed once looks up no names
LEFT JOIN LATERAL (
    SELECT substr(c.config, 13) AS path FROM unnest(p.proconfig) c (config) WHERE c.config LIKE 'search\_path=%'
) s ON true
CROSS JOIN LATERAL (
    -- Without quotes it may hold anything but space and commas, which a statement does not need.
    SELECT string_agg(CASE WHEN e[1] LIKE '"%' THEN e[1] ELSE quote_ident(lower(e[1])) END, ', ' ORDER BY n)
               FILTER (WHERE e[1] <> 'pg_temp') AS others,
           (array_agg(e[1] ORDER BY n DESC))[1] AS last,
           coalesce(bool_and(e[1] IN ('""', 'pg_catalog')), true) AS builtin_only
    FROM regexp_matches(coalesce(s.path, format('%I', p.pronamespace::regnamespace)), '"(?:[^"]|"")*"|[^", ]+', 'g')
         WITH ORDINALITY m (e, n)
) l
WHERE f.definer
  AND NOT EXISTS (SELECT FROM tenancy.application_role a WHERE a.role = f.owner)
  -- With no path but pg_catalog, all names of users are qualified.
  AND (s.path IS NULL OR NOT l.builtin_only AND l.last IS DISTINCT FROM 'pg_temp')
