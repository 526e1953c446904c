-- Denials and budgets share a worker. A flood of the one keeps nobody from the other: budgets are spent and exhausted, exactly,
-- while another tenant is refused as fast as it can; and what a tenant is refused is recorded while another exhausts its budget.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/denials.sql
SELECT tenancy.set_budget('acme', 'requests', 50, 'day') IS NOT NULL AS set;
SELECT tenancy.create_tenant('third') AS third \gset
SELECT secret AS third_key FROM tenancy.create_key('third', 'third key') \gset
SELECT tenancy.set_budget('third', 'requests', 100000, 'day') IS NOT NULL AS set;
CREATE PROCEDURE world.flood(n int) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. n LOOP
        BEGIN
            PERFORM tenancy.require_capability('trace:read');
        EXCEPTION WHEN insufficient_privilege THEN
            NULL;
        END;
    END LOOP;
END $$;
-- How many of so many reservations are granted.
CREATE FUNCTION world.reserve(n int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    granted int := 0;
BEGIN
    FOR i IN 1 .. n LOOP
        BEGIN
            PERFORM tenancy.settle(tenancy.reserve('requests', 1), 1);
            granted := granted + 1;
        EXCEPTION WHEN configuration_limit_exceeded THEN
            NULL;
        END;
    END LOOP;
    RETURN granted;
END $$;
\setenv FLOOD 'BEGIN; SELECT tenancy.bind($$GLOBEX_KEY$$); CALL world.flood(20000); COMMIT'
\! $APP -d regress_denial -c "$(echo "$FLOOD" | sed "s/GLOBEX_KEY/$GLOBEX_KEY/")" >/dev/null 2>&1 &
\c - regress_world_app
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT world.reserve(200) AS granted;
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT world.reserve(200) AS granted_after_rollback;
COMMIT;
-- The other way round: acme is refused its budget without end, a third tenant's denial is recorded.
\setenv FLOOD 'BEGIN; SELECT tenancy.bind($$ACME_KEY$$); SELECT world.reserve(20000); COMMIT'
\! $APP -d regress_denial -c "$(echo "$FLOOD" | sed "s/ACME_KEY/$ACME_KEY/")" >/dev/null 2>&1 &
BEGIN;
SELECT tenancy.bind(:'third_key') = :'third' AS bound;
SELECT world.reserve(10) AS granted;
SELECT tenancy.require_capability('forget');
ROLLBACK;
\! n=0; until [ "$($ADMIN -d regress_denial -c "SELECT count(*) > 0 FROM tenancy.denial WHERE message ~ 'forget'")" = t ] || [ $n = 100 ]; do n=$((n + 1)); sleep 0.1; done
\c - :SUPERUSER
SELECT DISTINCT CASE tenant_id WHEN :'acme' THEN 'acme' WHEN :'third' THEN 'third' END AS tenant, kind, message
FROM tenancy.denial WHERE message ~ 'forget|exhausted' ORDER BY 1, 2;
SELECT tenant, used FROM tenancy.budget_status ORDER BY tenant;
\! n=0; until [ "$($ADMIN -c "SELECT count(*) FROM pg_stat_activity WHERE datname = 'regress_denial' AND usename = 'regress_world_app'")" = 0 ] || [ $n = 300 ]; do n=$((n + 1)); sleep 0.1; done
\i :suites/../fixtures/clear.sql
\c :home
DROP DATABASE regress_denial WITH (FORCE);
