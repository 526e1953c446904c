-- check: copying_trigger
-- object: copy on work.document
CREATE TABLE work.history (line jsonb);
GRANT SELECT ON work.history TO app;
CREATE FUNCTION work.copy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- INSERT INTO work.country
    INSERT INTO work.history VALUES (to_jsonb(NEW));
    RETURN NULL;
END $$;
CREATE TRIGGER copy AFTER INSERT OR UPDATE ON work.document FOR EACH ROW EXECUTE FUNCTION work.copy();
