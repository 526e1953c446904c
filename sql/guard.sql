-- Event triggers of the guard: they see what a command did, inside its transaction, and refuse by raising. Definer
-- functions, as whoever runs the command need not be able to read the extension's tables. The settings are those under
-- which policies' texts are compared.

CREATE FUNCTION tenancy._guard_start() RETURNS event_trigger
    LANGUAGE c SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off SET standard_conforming_strings = on AS 'MODULE_PATHNAME', 'tenancy_guard_start';
CREATE FUNCTION tenancy._guard_ddl() RETURNS event_trigger
    LANGUAGE c SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off SET standard_conforming_strings = on AS 'MODULE_PATHNAME', 'tenancy_guard_ddl';
CREATE FUNCTION tenancy._guard_drop() RETURNS event_trigger
    LANGUAGE c SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off SET standard_conforming_strings = on AS 'MODULE_PATHNAME', 'tenancy_guard_drop';

CREATE EVENT TRIGGER tenancy_guard_start ON ddl_command_start WHEN TAG IN ('CREATE INDEX')
    EXECUTE FUNCTION tenancy._guard_start();
CREATE EVENT TRIGGER tenancy_guard_ddl ON ddl_command_end EXECUTE FUNCTION tenancy._guard_ddl();
CREATE EVENT TRIGGER tenancy_guard_drop ON sql_drop EXECUTE FUNCTION tenancy._guard_drop();

-- ALWAYS: session_replication_role = replica must not switch the guard off.
ALTER EVENT TRIGGER tenancy_guard_start ENABLE ALWAYS;
ALTER EVENT TRIGGER tenancy_guard_ddl ENABLE ALWAYS;
ALTER EVENT TRIGGER tenancy_guard_drop ENABLE ALWAYS;
