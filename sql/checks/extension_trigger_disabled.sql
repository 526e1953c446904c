-- id: extension_trigger_disabled
-- severity: high
-- title: Trigger of pg_tenancy missing or disabled, or one of somebody's on its tables
-- why: Triggers tell open sessions that a key was revoked, keep traces as they were written, and end what a deleted tenant
-- why: had. A trigger of somebody's sees what all tenants record.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, c.oid AS object_id, format('%s on %s', g.name, c.oid::regclass) AS object,
       format('trigger %s of %s is %s', g.name, c.oid::regclass,
              CASE WHEN t.oid IS NULL THEN 'missing'
                   WHEN t.tgenabled <> g.enabled THEN 'not enabled as it was installed'
                   ELSE 'not the one that pg_tenancy makes' END) AS message,
       CASE WHEN t.tgenabled <> g.enabled
                THEN format('ALTER TABLE %s ENABLE %sTRIGGER %s;', c.oid::regclass,
                            CASE g.enabled WHEN 'A' THEN 'ALWAYS ' ELSE '' END, g.name)
            ELSE '-- restore it from the installation script of pg_tenancy' END AS remediation
FROM (VALUES ('tenant', 'tenant_deleted', 'O', '_tenant_deleted'),
             ('tenant', 'tenant_of_budget_deleted', 'O', '_tenant_of_budget_deleted'),
             ('tenant', 'credential_changed', 'A', '_credential_changed'),
             ('api_key', 'credential_changed', 'A', '_credential_changed'),
             ('read_grant', 'credential_changed', 'A', '_credential_changed'),
             ('protected_table', 'credential_changed', 'A', '_credential_changed'),
             ('budget', 'credential_changed', 'A', '_credential_changed'),
             ('budget', 'budget_deleted', 'O', '_budget_deleted'),
             ('decision_trace', 'append_only', 'A', '_append_only'),
             ('trace_log', 'append_only', 'A', '_append_only'),
             ('trace_checkpoint', 'append_only', 'A', '_append_only'),
             ('evidence_run', 'append_only', 'A', '_append_only'),
             ('evidence_finding', 'append_only', 'A', '_append_only')) g (relation, name, enabled, function)
JOIN pg_namespace n ON n.nspname = 'tenancy'
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = g.relation
LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgname = g.name
LEFT JOIN pg_proc f ON f.oid = t.tgfoid
WHERE t.oid IS NULL
   OR t.tgenabled <> g.enabled::"char"
   OR f.proname <> g.function
   OR f.pronamespace <> n.oid
   OR t.tgqual IS NOT NULL
UNION ALL
SELECT NULL, NULL, c.oid, format('%I on %s', t.tgname, c.oid::regclass),
       format('trigger %I of %s is not one of pg_tenancy''s', t.tgname, c.oid::regclass),
       format('DROP TRIGGER %I ON %s;', t.tgname, c.oid::regclass)
FROM pg_class c
JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgparentid = 0
JOIN pg_proc f ON f.oid = t.tgfoid
WHERE c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = 'tenancy')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = f.oid AND d.deptype = 'e'
                  AND d.refobjid = (SELECT e.oid FROM pg_extension e WHERE e.extname = 'pg_tenancy'))
