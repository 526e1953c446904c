-- The guard acts as the extension's owner. Code that a table carries in its constraints must not run as that.
\set SHOW_CONTEXT never
SELECT current_user AS admin \gset
SET client_min_messages = warning;
DROP ROLE IF EXISTS regress_guard_user_code;
CREATE ROLE regress_guard_user_code LOGIN;
CREATE SCHEMA guard_user_code;
GRANT USAGE, CREATE ON SCHEMA guard_user_code TO regress_guard_user_code;
SELECT tenancy.manage_schema('guard_user_code');
\c - regress_guard_user_code
CREATE FUNCTION guard_user_code.boom() RETURNS void LANGUAGE plpgsql AS
    'BEGIN EXECUTE ''ALTER ROLE regress_guard_user_code SUPERUSER''; END';
-- Declared IMMUTABLE, it runs when a statement on the table is planned.
CREATE FUNCTION guard_user_code.evil(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        PERFORM guard_user_code.boom();
    END IF;
    RETURN true;
END
$$;
CREATE TABLE guard_user_code.doc (tenant_id uuid, id int, x int CHECK (guard_user_code.evil(1)));
SELECT rolsuper FROM pg_roles WHERE rolname = current_user;
\c - :admin
SET client_min_messages = warning;
SELECT tenancy.unmanage_schema('guard_user_code');
DROP SCHEMA guard_user_code CASCADE;
DROP ROLE regress_guard_user_code;
