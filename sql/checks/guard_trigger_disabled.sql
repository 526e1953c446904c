-- id: guard_trigger_disabled
-- severity: critical
-- title: Event trigger of the guard missing, or not always enabled
-- why: The guard sees commands through three event triggers; without them protected tables lose their protection unseen.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, t.oid AS object_id, g.name AS object,
       format('event trigger %s is %s', g.name,
              CASE WHEN t.oid IS NULL THEN 'missing'
                   WHEN t.evtenabled <> 'A' THEN 'not enabled always'
                   ELSE 'not the one that pg_tenancy makes' END) AS message,
       CASE WHEN t.evtenabled <> 'A' THEN format('ALTER EVENT TRIGGER %s ENABLE ALWAYS;', g.name)
            ELSE format('%sCREATE EVENT TRIGGER %s ON %s%s EXECUTE FUNCTION tenancy.%s(); ALTER EVENT TRIGGER %s ENABLE ALWAYS;',
                        CASE WHEN t.oid IS NOT NULL THEN format('DROP EVENT TRIGGER %s; ', g.name) END, g.name, g.event,
                        ' WHEN TAG IN (' || g.tag || ')', g.function, g.name) END AS remediation
FROM (VALUES ('tenancy_guard_start', 'ddl_command_start', '''CREATE INDEX''', '_guard_start'),
             ('tenancy_guard_ddl', 'ddl_command_end', NULL, '_guard_ddl'),
             ('tenancy_guard_drop', 'sql_drop', NULL, '_guard_drop')) g (name, event, tag, function)
LEFT JOIN pg_event_trigger t ON t.evtname = g.name
LEFT JOIN pg_proc f ON f.oid = t.evtfoid
WHERE t.oid IS NULL
   OR t.evtenabled <> 'A'
   OR t.evtevent <> g.event
   OR f.proname <> g.function
   OR f.pronamespace <> (SELECT n.oid FROM pg_namespace n WHERE n.nspname = 'tenancy')
   OR t.evttags IS DISTINCT FROM ARRAY[trim(g.tag, '''')] AND t.evttags IS NOT NULL
