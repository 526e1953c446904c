-- What an installed pg_tenancy must satisfy; every row is a finding.
WITH member AS (
    SELECT d.classid, d.objid, i.type, i.identity
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classid, d.objid, 0) i
    WHERE e.extname = 'pg_tenancy' AND d.deptype = 'e'
)
SELECT 'no COMMENT on ' || m.type || ' ' || m.identity
FROM member m
LEFT JOIN pg_catalog.pg_type t ON m.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid = m.objid
WHERE pg_catalog.obj_description(m.objid, m.classid::pg_catalog.regclass::pg_catalog.name) IS NULL
  -- Types that come with a table or with another type are described there.
  -- An identity column's sequence has no name of its own to explain.
  AND m.type <> 'sequence'
  AND (t.oid IS NULL OR (t.typelem = 0 AND t.typrelid = 0)
       OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
UNION ALL
SELECT 'definer function without SET search_path = pg_catalog, pg_temp: ' || m.identity
FROM member m
JOIN pg_catalog.pg_proc p ON m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid = m.objid
WHERE p.prosecdef
  AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (p.proconfig), false)
UNION ALL
SELECT 'executable by PUBLIC: ' || m.identity
FROM member m
JOIN pg_catalog.pg_proc p ON m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid = m.objid
WHERE EXISTS (SELECT FROM pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
              WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE')
ORDER BY 1;
