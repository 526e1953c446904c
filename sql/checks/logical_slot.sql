-- id: logical_slot
-- severity: high
-- title: Logical replication slot that decodes all tables
-- why: Logical decoding reads all tenants' changes. pgoutput sends no table that is in no publication; other plugins
-- why: send every table.
-- kind: environment
SELECT NULL::regclass AS root, NULL::oid AS relation, NULL::oid AS object_id, quote_ident(s.slot_name) AS object,
       format('replication slot %I decodes the changes of all tables with %s', s.slot_name, s.plugin) AS message,
       format('SELECT pg_drop_replication_slot(%L);', s.slot_name) AS remediation
FROM pg_replication_slots s
WHERE s.slot_type = 'logical' AND s.database = current_database() AND s.plugin <> 'pgoutput'
