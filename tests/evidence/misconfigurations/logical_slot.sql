-- check: logical_slot
-- object: cdc
-- outside: true
-- pgoutput by another name stands for plugins that send all tables.
SELECT pg_create_logical_replication_slot('cdc', '$libdir/pgoutput');
-- afterwards:
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = 'cdc';
