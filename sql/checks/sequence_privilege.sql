-- id: sequence_privilege
-- severity: medium
-- title: Sequence of a protected table that an application may set
-- why: UPDATE on a sequence lets one tenant put it back, and so make the inserts of all others fail. USAGE is enough to
-- why: insert.
-- kind: environment
SELECT p.root, p.relation::oid AS relation, s.oid AS object_id, s.oid::regclass::text AS object,
       format('%s may set sequence %s of %s', x.name, s.oid::regclass, p.relation) AS message,
       format('REVOKE UPDATE ON SEQUENCE %s FROM %s;', s.oid::regclass, x.name) AS remediation
FROM tenancy.protected_relation p
JOIN LATERAL (
    SELECT d.objid AS sequence
    FROM pg_depend d
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = p.relation AND d.classid = 'pg_class'::regclass
      AND d.deptype IN ('a', 'i')
    UNION
    -- That a default draws from, be it the table's own or not.
    SELECT d.refobjid
    FROM pg_attrdef a JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = a.oid AND d.refclassid = 'pg_class'::regclass
    WHERE a.adrelid = p.relation
) q ON true
JOIN pg_class s ON s.oid = q.sequence AND s.relkind = 'S'
JOIN tenancy.application_privilege x ON x.relation = s.oid AND x.privilege = 'UPDATE' AND NOT x.owner
WHERE ($1 IS NULL OR p.root = $1)
