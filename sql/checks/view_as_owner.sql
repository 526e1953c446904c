-- id: view_as_owner
-- severity: critical
-- title: View that reads a protected table as its owner
-- why: Without security_invoker a view reads with its owner's rights, which may be exempt from row security; and a
-- why: security_invoker view below such a view is read as the outer view's owner too.
-- kind: structure
-- on: CREATE VIEW, ALTER VIEW, ALTER TABLE
SELECT r.root, r.relation::oid AS relation, r.reader::oid AS object_id, r.reader::text AS object,
       format('view %s reads %s without security_invoker', r.reader, r.relation) AS message,
       format('ALTER VIEW %s SET (security_invoker = true);', r.reader) AS remediation
FROM tenancy.protected_reader r
WHERE ($1 IS NULL OR r.root = $1)
  AND r.relkind = 'v'
  AND NOT coalesce((SELECT o.option_value::boolean FROM pg_options_to_table(r.reloptions) o
                    WHERE o.option_name = 'security_invoker'), false)
