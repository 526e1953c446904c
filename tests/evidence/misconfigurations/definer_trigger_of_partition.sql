-- check: definer_function
-- object: work.number()
-- The application has privileges on the partitioned table only.
CREATE FUNCTION work.number() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
    $$ BEGIN NEW.what := NEW.what || (SELECT count(*) FROM work.event); RETURN NEW; END $$;
REVOKE EXECUTE ON FUNCTION work.number FROM PUBLIC;
CREATE TRIGGER number BEFORE INSERT ON work.event_new FOR EACH ROW EXECUTE FUNCTION work.number();
