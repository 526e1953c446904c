-- Objects that the present command made or changed; for commands that name none, such as GRANT, every protected one.
SELECT c.objid FROM pg_event_trigger_ddl_commands() c WHERE c.objid IS NOT NULL
UNION
SELECT p.relation::oid FROM tenancy.protected_relation p
WHERE EXISTS (SELECT FROM pg_event_trigger_ddl_commands() c WHERE c.objid IS NULL)
UNION
SELECT r.prpubid FROM pg_event_trigger_ddl_commands() c
JOIN pg_publication_rel r ON r.oid = c.objid AND c.classid = 'pg_publication_rel'::regclass
UNION
SELECT s.pnpubid FROM pg_event_trigger_ddl_commands() c
JOIN pg_publication_namespace s ON s.oid = c.objid AND c.classid = 'pg_publication_namespace'::regclass
UNION
SELECT o.polrelid FROM pg_event_trigger_ddl_commands() c
JOIN pg_policy o ON o.oid = c.objid AND c.classid = 'pg_policy'::regclass
UNION
SELECT w.ev_class FROM pg_event_trigger_ddl_commands() c
JOIN pg_rewrite w ON w.oid = c.objid AND c.classid = 'pg_rewrite'::regclass
