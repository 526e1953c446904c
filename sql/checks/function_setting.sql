-- id: function_setting
-- severity: high
-- title: Function that applications run with a defence switched off
-- why: Settings of a function hold while it runs, whoever calls it.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, f.routine::oid AS object_id, f.routine::text AS object,
       format('%s sets %s; %s', f.routine, c.config, f.how) AS message,
       format('ALTER ROUTINE %s RESET %s;', f.routine, split_part(c.config, '=', 1)) AS remediation
FROM tenancy.application_routine f
JOIN pg_proc p ON p.oid = f.routine
CROSS JOIN LATERAL unnest(p.proconfig) c (config)
WHERE split_part(c.config, '=', 1) IN ('tenancy.guard', 'tenancy.binding', 'session_replication_role', 'event_triggers')
  AND lower(c.config) NOT IN ('tenancy.guard=enforce', 'tenancy.binding=transaction', 'session_replication_role=origin',
                       'event_triggers=on')
