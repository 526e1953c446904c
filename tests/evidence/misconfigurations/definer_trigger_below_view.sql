-- check: definer_function
-- object: work.enrich()
CREATE VIEW work.entry AS SELECT line FROM work.journal;
ALTER VIEW work.entry OWNER TO data_owner;
GRANT INSERT ON work.entry TO app;
CREATE FUNCTION work.enrich() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
    $$ BEGIN NEW.line := (SELECT string_agg(title, ',') FROM work.document); RETURN NEW; END $$;
REVOKE EXECUTE ON FUNCTION work.enrich FROM PUBLIC;
CREATE TRIGGER enrich BEFORE INSERT ON work.journal FOR EACH ROW EXECUTE FUNCTION work.enrich();
