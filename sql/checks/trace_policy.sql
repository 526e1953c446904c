-- id: trace_policy
-- severity: critical
-- title: Traces with other policies than pg_tenancy's
-- why: tenancy.decision_trace holds every tenant's queries and sources. Its policies are what keeps them apart.
-- kind: environment
SELECT NULL::regclass AS root, c.oid AS relation, c.oid AS object_id, p.object, p.message, p.remediation
FROM pg_class c
CROSS JOIN LATERAL (
    SELECT c.oid::regclass::text AS object, format('row security of %s is disabled', c.oid::regclass) AS message,
           format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY;', c.oid::regclass) AS remediation
    WHERE NOT c.relrowsecurity
    UNION ALL
    SELECT format('%I on %s', coalesce(o.polname, w.policy), c.oid::regclass),
           format('policy %I of %s %s', coalesce(o.polname, w.policy), c.oid::regclass,
                  CASE WHEN o.polname IS NULL THEN 'is missing' ELSE 'is not one that pg_tenancy makes' END),
           concat_ws(' ', format('DROP POLICY IF EXISTS %I ON %s;', coalesce(o.polname, w.policy), c.oid::regclass),
                     CASE WHEN w.policy IS NOT NULL
                          THEN format('CREATE POLICY %s ON %s FOR SELECT TO %s USING (%s);', w.policy, c.oid::regclass,
                                      w.grantee, w.test) END)
    FROM (VALUES ('tenancy_audit', 'tenancy_auditor', 'true'),
                 ('tenancy_denials', 'tenancy_admin', '(kind = ''denial''::text)'),
                 ('tenancy_own', 'tenancy_app',
                  '((tenant_id = tenancy.current_tenant(''trace:read''::text)) AND tenancy.scope_visible(scope))'))
         w (policy, grantee, test)
    FULL JOIN (SELECT * FROM pg_policy WHERE polrelid = c.oid) o ON o.polname = w.policy
    WHERE o.polname IS NULL
       OR w.policy IS NULL
       OR NOT o.polpermissive
       OR o.polcmd <> 'r'
       OR pg_get_expr(o.polqual, c.oid) <> w.test
       OR o.polroles <> ARRAY(SELECT r.oid FROM pg_roles r WHERE r.rolname = w.grantee)
) p
WHERE c.relname = 'decision_trace'
  AND c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = 'tenancy')
