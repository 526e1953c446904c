-- check: withheld_catalog
-- object: TOAST
DO $$ BEGIN
    EXECUTE format('GRANT SELECT ON %s TO app', (SELECT reltoastrelid::regclass FROM pg_class WHERE oid = 'work.document'::regclass));
END $$;
