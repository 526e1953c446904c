-- check: copying_trigger
-- object: copy on work.document
CREATE TABLE work.history (line text);
GRANT SELECT ON work.history TO app;
CREATE FUNCTION work.copy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ONLY (work.history) SET line = NEW.title;
    RETURN NULL;
END $$;
CREATE TRIGGER copy AFTER INSERT OR UPDATE ON work.document FOR EACH ROW EXECUTE FUNCTION work.copy();
