-- check: copying_trigger
-- object: "on" on work.journal
CREATE TABLE work.history (line text);
GRANT SELECT ON work.history TO app;
-- In two steps.
CREATE FUNCTION work.copy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO work.journal VALUES (NEW.title);
    RETURN NULL;
END $$;
CREATE FUNCTION work.on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO work.history VALUES (NEW.line);
    RETURN NULL;
END $$;
CREATE TRIGGER copy AFTER INSERT OR UPDATE ON work.document FOR EACH ROW EXECUTE FUNCTION work.copy();
CREATE TRIGGER "on" AFTER INSERT ON work.journal FOR EACH ROW EXECUTE FUNCTION work.on();
