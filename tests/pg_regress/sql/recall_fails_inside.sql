-- What fails while recall runs, or recalls in turn, leaves it as it was: the same call gives the same rows again.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE TABLE world.outside (tenant_id uuid NOT NULL, id int, embedding vector(2), PRIMARY KEY (tenant_id, id));
CREATE TABLE world.inside (LIKE world.outside INCLUDING ALL);
INSERT INTO world.outside SELECT tenant::uuid, n, ARRAY[100, n]::vector FROM unnest(ARRAY[:'acme', :'globex']) tenant, generate_series(1, 150) n;
INSERT INTO world.inside TABLE world.outside;
ALTER TABLE world.outside OWNER TO regress_world_owner;
ALTER TABLE world.inside OWNER TO regress_world_owner;
SELECT tenancy.protect('world.outside');
SELECT tenancy.protect('world.inside');
GRANT SELECT ON world.outside, world.inside TO regress_world_app;
-- For each row another query, so that more plans are made than are kept while the first one runs.
CREATE FUNCTION world.recalls(n int) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    found int;
BEGIN
    IF n = 120 THEN
        PERFORM 1 / current_setting('test.divisor')::int;
    END IF;
    SELECT count(*) INTO found FROM tenancy.recall(NULL::world.inside, '[100,0]', n);
    RETURN found = n;
END $$;
CREATE POLICY recalls ON world.outside AS RESTRICTIVE FOR SELECT USING (world.recalls(id));
\c - regress_world_app
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SET LOCAL test.divisor = 1;
SELECT count(*), min(id), max(id) FROM tenancy.recall(NULL::outside, '[100,0]', 200);
SET LOCAL test.divisor = 0;
SELECT count(*) FROM tenancy.recall(NULL::outside, '[100,0]', 200);
DO $$
DECLARE
    failed int := 0;
BEGIN
    FOR n IN 1 .. 30 LOOP
        BEGIN
            PERFORM count(*) FROM tenancy.recall(NULL::world.outside, '[100,0]', 200 + n % 3);
        EXCEPTION WHEN division_by_zero THEN
            failed := failed + 1;
        END;
    END LOOP;
    RAISE INFO '% failed', failed;
END $$;
SET LOCAL test.divisor = 1;
SELECT count(*), min(id), max(id) FROM tenancy.recall(NULL::outside, '[100,0]', 200);
SET LOCAL statement_timeout = '1ms';
SELECT count(*) FROM tenancy.recall(NULL::outside, '[100,0]', 200), pg_sleep(1);
RESET statement_timeout;
SELECT count(*), min(id), max(id) FROM tenancy.recall(NULL::outside, '[100,0]', 200);
COMMIT;
-- In another tenant's transaction of the same session too.
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SET LOCAL test.divisor = 1;
SELECT count(*), bool_and(tenant_id = :'globex') AS own FROM tenancy.recall(NULL::outside, '[100,0]', 200);
COMMIT;
\i :suites/../fixtures/clear.sql
