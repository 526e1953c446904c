-- id: materialized_view
-- severity: critical
-- title: Materialized view of a protected table
-- why: A materialized view is a copy of all tenants' rows, and row security cannot be put on it.
-- kind: structure
-- on: CREATE MATERIALIZED VIEW
WITH RECURSIVE reading (root, relation, view) AS (
    SELECT p.root, p.relation::oid, r.ev_class
    FROM tenancy.protected_relation p
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = p.relation
                    AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite r ON r.oid = d.objid AND r.ev_class <> p.relation
    WHERE p.root = coalesce($1, p.root)
    UNION
    SELECT reading.root, reading.relation, r.ev_class
    FROM reading
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = reading.view
                    AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite r ON r.oid = d.objid AND r.ev_class <> reading.view
)
SELECT DISTINCT reading.root, reading.relation, c.oid AS object_id, c.oid::regclass::text AS object,
       format('materialized view %s copies rows of %s', c.oid::regclass, reading.relation::regclass) AS message,
       format('DROP MATERIALIZED VIEW %s; -- and make a protected table of it', c.oid::regclass) AS remediation
FROM reading
JOIN pg_class c ON c.oid = reading.view
WHERE c.relkind = 'm'
