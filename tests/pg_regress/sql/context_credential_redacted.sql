-- Attack 33: a credential, or the seal made of it, must not be readable anywhere: not in settings, not in what bind gives,
-- not in an error, not in a view of the server. (What a client writes into the text of a statement is the statement's:
-- pass credentials as bind parameters.)
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\c - regress_world_app
BEGIN;
SELECT tenancy.bind($1) = $2 AS bound \bind :acme_key :acme \g
SHOW tenancy.session;
SELECT current_setting('tenancy.session');
SELECT count(*) AS in_pg_settings FROM pg_settings WHERE name = 'tenancy.session';
SELECT count(*) AS values_like_a_credential FROM pg_settings
WHERE concat(setting, boot_val, reset_val) ~ '(tk_|ts1\.|eyJ)';
SELECT count(*) AS in_all_settings FROM pg_show_all_settings() WHERE setting ~ '(tk_|ts1\.|eyJ)' OR reset_val ~ '(tk_|ts1\.|eyJ)';
-- The context says who, never with what.
SELECT tenancy.context()::text ~ '(tk_|ts1\.|eyJ)' AS credential, position(substr(:'acme_key', 30, 40) IN tenancy.context()::text) > 0 AS secret,
       (SELECT array_agg(k ORDER BY k) FROM jsonb_object_keys(tenancy.context()) k) AS members;
SELECT * FROM pg_stat_activity;
ROLLBACK;
BEGIN;
SELECT set_config('tenancy.session', :'token_acme', true);
SHOW tenancy.session;
SELECT tenancy.context()::text ~ '(tk_|ts1\.|eyJ)' AS credential;
SELECT query ~ 'eyJ' FROM pg_stat_activity WHERE pid = pg_backend_pid();
ROLLBACK;
SELECT * FROM pg_prepared_statements;
SELECT count(*) AS cursors FROM pg_cursors;
SELECT has_table_privilege('tenancy.api_key', 'SELECT') AS digests;
-- Nor can the seal be stored anywhere: every way to keep a setting's value is refused.
SELECT format('ALTER ROLE %I SET tenancy.session FROM CURRENT', current_user) AS alter_role,
       format('ALTER ROLE %I IN DATABASE %I SET tenancy.session FROM CURRENT', current_user, current_database()) AS alter_role_in_database \gset
BEGIN;
SET LOCAL tenancy.session = :'token_acme';
SELECT world.attempt(:'alter_role'), world.attempt(:'alter_role_in_database');
ROLLBACK;

-- Errors show no part of what was passed: neither in their message, detail, hint nor context.
SELECT set_config('world.key', :'acme_key', false) IS NOT NULL AS k, set_config('world.token', :'token_acme', false) IS NOT NULL AS t \gset
DO $$
DECLARE
    key text := current_setting('world.key');
    token text := current_setting('world.token');
    bad text;
    message text; detail text; hint text; context text; every text;
BEGIN
    FOREACH bad IN ARRAY ARRAY[left(key, 87), key || 'a', overlay(key PLACING 'a7' FROM 60), upper(key), ' ' || key,
        left(token, -1), token || 'A', overlay(token PLACING '_' FROM 40), replace(token, '.', '..'), 'ts1.' || token, 'ts1.' || repeat('A', 400),
        reverse(key), repeat(key, 20000)]
    LOOP
        FOR way IN 1 .. 2 LOOP
            BEGIN
                IF way = 1 THEN PERFORM tenancy.bind(bad); ELSE PERFORM set_config('tenancy.session', bad, true); END IF;
                RAISE INFO 'accepted';
            EXCEPTION WHEN others THEN
                GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
                every := concat(message, detail, hint, context);
                -- Any 12 characters in a row of the credential would be a leak.
                IF EXISTS (SELECT FROM generate_series(1, least(length(bad), 900) - 12, 6) n WHERE position(substr(bad, n, 12) IN every) > 0) THEN
                    RAISE INFO 'LEAK %', every;
                END IF;
                IF way = 1 THEN RAISE INFO '% %', sqlstate, message; END IF;
            END;
        END LOOP;
    END LOOP;
END $$;
-- As the superuser, who may see every setting.
\c - :SUPERUSER
BEGIN;
SET LOCAL tenancy.session = :'token_acme';
SHOW tenancy.session;
SELECT count(*) AS shown FROM pg_settings WHERE concat(setting, reset_val) ~ 'eyJ';
ROLLBACK;
SELECT count(*) AS secrets_in_tables FROM tenancy.api_key k WHERE k::text ~ 'tk_';
SELECT count(*) AS planted FROM pg_proc WHERE proconfig::text ~ 'tenancy.session';
\i :suites/../fixtures/clear.sql
