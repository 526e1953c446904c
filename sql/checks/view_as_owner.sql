-- id: view_as_owner
-- severity: critical
-- title: View that reads a protected table as its owner
-- why: Without security_invoker a view reads with its owner's rights, which may be exempt from row security; and a
-- why: security_invoker view below such a view is read as the outer view's owner too.
-- kind: structure
-- on: CREATE VIEW, ALTER VIEW, ALTER TABLE
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
       format('view %s reads %s without security_invoker', c.oid::regclass, reading.relation::regclass) AS message,
       format('ALTER VIEW %s SET (security_invoker = true);', c.oid::regclass) AS remediation
FROM reading
JOIN pg_class c ON c.oid = reading.view
WHERE c.relkind = 'v'
  AND NOT coalesce((SELECT o.option_value::boolean FROM pg_options_to_table(c.reloptions) o
                    WHERE o.option_name = 'security_invoker'), false)
