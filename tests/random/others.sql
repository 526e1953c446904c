-- A line for each thing that no session of acme's may change: others' rows, the traces that are there, and how tables are
-- protected.
WITH mine (id) AS (SELECT 'a0000000-0000-4000-8000-00000000000a'::uuid),
others AS (
    SELECT 'note' AS what, t::text FROM app.note t WHERE tenant_id <> (SELECT id FROM mine)
    UNION ALL SELECT 'line', t::text FROM app.line t WHERE tenant_id <> (SELECT id FROM mine)
    UNION ALL SELECT 'item', t::text FROM app.item t WHERE tenant <> 'acme'
    UNION ALL SELECT 'event', t::text FROM app.event t WHERE tenant_number <> 11
    UNION ALL SELECT 'base', t::text FROM app.base t WHERE tenant_id <> (SELECT id FROM mine)
    UNION ALL SELECT 'child', t::text FROM app.child t WHERE tenant_id <> (SELECT id FROM mine)
    UNION ALL SELECT 'chunk', t::text FROM app.chunk t WHERE tenant_id <> (SELECT id FROM mine)
    UNION ALL SELECT 'price', t::text FROM app.price t WHERE tenant_id <> (SELECT id FROM mine)
    UNION ALL SELECT 'memo', t::text FROM app.memo t WHERE tenant_id <> (SELECT id FROM mine)
    -- Beyond the floor, by their scopes: what is within may hold any text that a statement had.
    UNION ALL SELECT 'own', t::text FROM app.note t
     WHERE tenant_id = (SELECT id FROM mine) AND NOT scope::jsonb @> '{"team": "red"}'
    UNION ALL SELECT 'own', t::text FROM app.line t
     WHERE tenant_id = (SELECT id FROM mine) AND NOT scope::jsonb @> '{"team": "red"}'
    UNION ALL SELECT 'own', t::text FROM app.chunk t
     WHERE tenant_id = (SELECT id FROM mine) AND NOT scope::jsonb @> '{"team": "red"}'
    UNION ALL SELECT 'own', t::text FROM app.memo t
     WHERE tenant_id = (SELECT id FROM mine) AND NOT scope::jsonb @> '{"team": "red"}'
    UNION ALL SELECT 'own', t::text FROM app.item t
    UNION ALL SELECT 'own', t::text FROM app.event t
    UNION ALL SELECT 'own', t::text FROM app.base t
    UNION ALL SELECT 'tenant', t::text FROM tenancy.tenant t
    UNION ALL SELECT 'api_key', t::text FROM tenancy.api_key t WHERE tenant_id <> (SELECT id FROM mine) OR parent_key_id IS NULL
    UNION ALL SELECT 'protected_table', t::text FROM tenancy.protected_table t
    UNION ALL SELECT 'read_grant', t::text FROM tenancy.read_grant t
    UNION ALL SELECT 'budget', t::text FROM tenancy.budget t
    UNION ALL SELECT 'trace_log', t::text FROM tenancy.trace_log t
    UNION ALL SELECT 'decision_trace', t::text FROM tenancy.decision_trace t
     WHERE tenant_id <> (SELECT id FROM mine) AND kind <> 'denial' OR query = 'zqxr'
    UNION ALL SELECT 'policy', t::text FROM pg_catalog.pg_policies t
    UNION ALL SELECT 'row security', oid::regclass::text FROM pg_catalog.pg_class WHERE relrowsecurity AND relforcerowsecurity
    UNION ALL SELECT 'objects', relnamespace::regnamespace || '.' || relname || relacl::text FROM pg_catalog.pg_class
     WHERE relnamespace >= 16384 OR relnamespace = 2200
    UNION ALL SELECT 'functions', oid::regprocedure || proacl::text FROM pg_catalog.pg_proc WHERE oid >= 16384
    UNION ALL SELECT 'roles', r::text FROM pg_catalog.pg_roles r
    UNION ALL SELECT 'members', roleid::regrole || ' ' || member::regrole FROM pg_catalog.pg_auth_members
    UNION ALL SELECT 'settings', s::text FROM pg_catalog.pg_db_role_setting s
)
SELECT what, count(*), md5(string_agg(t, E'\n' ORDER BY t COLLATE "C")) FROM others GROUP BY what ORDER BY what
