-- Event triggers of the guard: they see what a command did, inside its transaction, and refuse by raising.

CREATE FUNCTION tenancy._guard_ddl() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM tenancy.protected_table) OR EXISTS (SELECT FROM tenancy.managed_schema) THEN
        PERFORM tenancy._guard_after(tg_tag);
    END IF;
END
$$;

CREATE FUNCTION tenancy._guard_drop() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    dropped record;
BEGIN
    FOR dropped IN
        SELECT o.object_type, o.address_names FROM pg_event_trigger_dropped_objects() o
        WHERE o.object_type IN ('table', 'policy', 'schema')
    LOOP
        IF dropped.object_type = 'policy' THEN
            PERFORM tenancy._guard_dropped_policy(p.relation::text, dropped.address_names[3])
            FROM tenancy.protected_relation p
            JOIN pg_class c ON c.oid = p.relation
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = dropped.address_names[1]
              AND c.relname = dropped.address_names[2]
              AND dropped.address_names[3] IN (SELECT e.policy FROM tenancy.expected_policy e WHERE e.relation = p.relation);
        ELSIF dropped.object_type = 'schema' THEN
            DELETE FROM tenancy.managed_schema m WHERE m.schema_name = dropped.address_names[1];
        END IF;
    END LOOP;
    DELETE FROM tenancy.protected_table p WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = p.relation);
END
$$;

CREATE EVENT TRIGGER tenancy_guard_ddl ON ddl_command_end EXECUTE FUNCTION tenancy._guard_ddl();
CREATE EVENT TRIGGER tenancy_guard_drop ON sql_drop EXECUTE FUNCTION tenancy._guard_drop();
