-- Three plain roles: an application's login, the same without pg_tenancy, and the owner of the tables.
DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['bench_app', 'bench_plain', 'bench_owner'] LOOP
        IF to_regrole(role) IS NULL THEN
            EXECUTE format('CREATE ROLE %I LOGIN', role);
        END IF;
    END LOOP;
END
$$;
GRANT tenancy_app TO bench_app;
