-- What is refused is recorded, though its transaction rolls back.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/denials.sql
CREATE PROCEDURE world.await(wanted bigint) LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1 .. 100 LOOP
        EXIT WHEN (SELECT count(*) FROM tenancy.denial) >= wanted;
        COMMIT;
        PERFORM pg_sleep(0.05);
    END LOOP;
END $$;
\set ECHO none
\i :suites/../fixtures/forget_traces.sql
\i :suites/../fixtures/sign.sql
SELECT tenancy.set_budget('acme', 'tokens', 10, 'month');
SELECT tenancy.set_budget('acme', 'requests', 1, 'month', 'soft');
CREATE TABLE world.tk_in_a_name_0123456789 (tenant_id uuid, id int, PRIMARY KEY (tenant_id, id));
ALTER TABLE world.tk_in_a_name_0123456789 OWNER TO regress_world_owner;
GRANT INSERT ON world.tk_in_a_name_0123456789 TO regress_world_app;
SELECT tenancy.protect('world.tk_in_a_name_0123456789');
SELECT world.token(:'hs_secret', '{"tenant_id": "tk_in_a_claim_0123456789"}') AS odd_token \gset
SELECT secret AS robot_key FROM tenancy.create_key('acme', 'robot key', '{read,write}', '{"team": "x"}', 'robot') \gset
\c - regress_world_app
\set VERBOSITY terse
-- Binding what is no credential, a forged one, a suspended tenant's, a token that says nothing.
SELECT tenancy.bind('rubbish');
SELECT tenancy.bind(left(:'acme_key', -3) || 'abc');
SELECT tenancy.bind(:'initech_key');
BEGIN;
SET LOCAL tenancy.session = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbmlzdHJhdG9yIn0.c2lnbmF0dXJl';
ROLLBACK;
-- Tokens of a tenant that does not exist, whether bound or set.
SELECT tenancy.bind(:'token_unknown_tenant');
SELECT tenancy.bind(:'odd_token');
BEGIN;
SET LOCAL tenancy.session = :'token_unknown_tenant';
SELECT count(*) FROM note;
ROLLBACK;
-- Caught and swallowed: recorded all the same.
DO $$
BEGIN
    PERFORM tenancy.bind('swallowed');
EXCEPTION WHEN others THEN
    NULL;
END $$;
-- Reading without a context, another tenant's row, no capability, beyond a budget.
SELECT count(*) FROM note;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SAVEPOINT s;
INSERT INTO note VALUES (:'globex', 99, 'planted');
ROLLBACK TO s;
-- A message of Postgres's own that has a credential in it.
INSERT INTO tk_in_a_name_0123456789 VALUES (:'globex', 99);
ROLLBACK TO s;
SELECT tenancy.require_capability('trace:read');
ROLLBACK TO s;
-- A soft budget only warns, and is recorded too.
SELECT tenancy.reserve('requests', 2) IS NOT NULL AS reserved;
SELECT tenancy.reserve('tokens', 11);
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'robot_key') = :'acme' AS bound;
SAVEPOINT s;
SELECT tenancy.bind(:'globex_key');
ROLLBACK TO s;
SELECT tenancy.bind(:'acme_key');
ROLLBACK TO s;
SELECT count(*) FROM note;
ROLLBACK;
-- A tenant's own denials are no record of the extension's, whatever they say.
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT tenancy.trace('denial', outcome => '53400', detail => '{"denied": "budget", "suppressed": "many"}') IS NOT NULL AS traced;
COMMIT;
\c - :SUPERUSER
CALL world.await(17);
SELECT kind, sqlstate, CASE tenant_id WHEN :'acme' THEN 'acme' ELSE tenant_id::text END AS tenant, principal,
       key_id = :'acme_id' AS acme_key, scope, message, suppressed
FROM tenancy.denial ORDER BY denied_at, trace_id;
SELECT count(*) FROM tenancy.denial WHERE suppressed < 0;
-- No part of a credential, and a time.
SELECT count(*) FROM tenancy.denial d WHERE (to_jsonb(d) - '{trace_id,tenant_id,key_id}'::text[])::text ~ 'tk_[a-z]|eyJ|abc' OR denied_at NOT BETWEEN now() - interval '1 minute' AND clock_timestamp();
-- Others' errors are none.
SELECT count(*) AS before FROM tenancy.denial \gset
\! $APP -c "SELECT 1 / 0" -c "SELECT * FROM tenancy.api_key" >/dev/null 2>&1
\! $ADMIN -c "SELECT tenancy.bind('last')" >/dev/null 2>&1
SELECT :before + 1 AS wanted \gset
CALL world.await(:wanted);
SELECT count(*) = :wanted AS one_more, (array_agg(message ORDER BY denied_at DESC))[1] AS last FROM tenancy.denial;
\i :suites/../fixtures/clear.sql
\c :home
DROP DATABASE regress_denial WITH (FORCE);
