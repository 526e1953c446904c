-- Policies of protect's that the present command dropped from tables that are still protected.
SELECT format('policy %I of %s', d.address_names[3], p.relation)
FROM pg_event_trigger_dropped_objects() d
JOIN pg_namespace n ON n.nspname = d.address_names[1]
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = d.address_names[2]
JOIN tenancy.protected_relation p ON p.relation = c.oid
WHERE d.object_type = 'policy'
  AND d.address_names[3] LIKE 'tenancy\_%'
ORDER BY 1
