-- Attack: filling the disk, or other tenants' share of the queue, with denials.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/denials.sql
CREATE PROCEDURE world.settle_down() LANGUAGE plpgsql AS $$
DECLARE
    before bigint := -1;
    present bigint := 0;
BEGIN
    WHILE present <> before LOOP
        before := present;
        COMMIT;
        PERFORM pg_sleep(1);
        SELECT count(*) INTO present FROM tenancy.denial;
    END LOOP;
END $$;
CALL world.settle_down();
\set ECHO none
\i :suites/../fixtures/forget_traces.sql
\set ECHO all
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
DO $$
BEGIN
    FOR n IN 1 .. 5000 LOOP
        BEGIN
            PERFORM tenancy.require_capability('trace:read');
        EXCEPTION WHEN insufficient_privilege THEN
            NULL;
        END;
    END LOOP;
END $$;
COMMIT;
-- Another tenant's is recorded.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.require_capability('trace:read');
ROLLBACK;
\c - :SUPERUSER
CALL world.settle_down();
SELECT CASE tenant_id WHEN :'acme' THEN 'acme' WHEN :'globex' THEN 'globex' END AS tenant,
       count(*) BETWEEN 1 AND 70 AS few
FROM tenancy.denial GROUP BY 1 ORDER BY 1;
-- The next of that tenant says how many were not kept.
SELECT pg_sleep(1.5);
\! $APP -c "BEGIN" -c "SELECT tenancy.bind('$GLOBEX_KEY') IS NOT NULL" -c "SELECT tenancy.require_capability('trace:read')" 2>/dev/null
CALL world.settle_down();
SELECT count(*) + sum(suppressed) AS denied FROM tenancy.denial WHERE tenant_id = :'globex';
\i :suites/../fixtures/clear.sql
\c :home
DROP DATABASE regress_denial WITH (FORCE);
