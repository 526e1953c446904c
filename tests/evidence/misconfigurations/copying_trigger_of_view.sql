-- check: copying_trigger
-- object: copy on work.title
CREATE TABLE work.history (line text);
GRANT SELECT ON work.history TO app;
CREATE FUNCTION work.copy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO work.history VALUES (NEW.title);
    RETURN NEW;
END $$;
CREATE TRIGGER copy INSTEAD OF UPDATE ON work.title FOR EACH ROW EXECUTE FUNCTION work.copy();
