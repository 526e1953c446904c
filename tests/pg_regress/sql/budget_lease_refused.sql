-- Where no lease can be written, a hard budget is not spent from: it fails closed, and soon.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
SELECT tenancy.set_budget('acme', 'tokens', 1000, 'month');
SELECT tenancy.set_budget('acme', 'requests', 1000, 'month', 'soft');
-- A setting of the database does not stop the scribe.
ALTER DATABASE :DBNAME SET default_transaction_read_only = on;
ALTER DATABASE :DBNAME SET default_transaction_isolation = 'serializable';
ALTER DATABASE :DBNAME SET search_path = nowhere;
ALTER DATABASE :DBNAME SET role = regress_world_app;
\c - regress_world_app
SET search_path = world, public;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.reserve('tokens', 10) IS NOT NULL AS reserved;
COMMIT;
\c - :SUPERUSER
SET ROLE NONE;
SET default_transaction_read_only = off;
ALTER DATABASE :DBNAME RESET ALL;
-- Somebody has the table locked.
BEGIN;
LOCK TABLE tenancy.budget_lease;
\! $APP -c "BEGIN" -c "SELECT tenancy.bind('$ACME_KEY') IS NOT NULL" -c "SELECT tenancy.reserve('tokens', 500)" 2>&1
\! $APP -c "BEGIN" -c "SELECT tenancy.bind('$ACME_KEY') IS NOT NULL" -c "SELECT tenancy.reserve('requests', 5) IS NOT NULL" 2>&1
\! $APP -c "SET statement_timeout = '200ms'" -c "BEGIN" -c "SELECT tenancy.bind('$ACME_KEY') IS NOT NULL" -c "SELECT tenancy.reserve('tokens', 500)" 2>&1
COMMIT;
-- None of those has taken anything, and it goes on.
\! $APP -c "BEGIN" -c "SELECT tenancy.bind('$ACME_KEY') IS NOT NULL" -c "SELECT tenancy.reserve('tokens', 990) IS NOT NULL" -c "COMMIT" 2>&1
SELECT metric, used, reserved, leased FROM tenancy.budget_status WHERE metric = 'tokens';
-- A budget of this very transaction, which may roll back, gives nothing yet.
BEGIN;
SELECT tenancy.set_budget('acme', 'rows', 10, 'month');
\! $APP -c "BEGIN" -c "SELECT tenancy.bind('$ACME_KEY') IS NOT NULL" -c "SELECT tenancy.reserve('rows', 500) IS NOT NULL AS no_budget_yet" 2>&1
COMMIT;
\! $APP -c "BEGIN" -c "SELECT tenancy.bind('$ACME_KEY') IS NOT NULL" -c "SELECT tenancy.reserve('rows', 500) IS NOT NULL" 2>&1 | grep -v DETAIL
-- The scribe ends by itself.
SELECT pg_sleep(3);
SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'pg_tenancy scribe' AND datname = current_database();
\i :suites/../fixtures/clear.sql
