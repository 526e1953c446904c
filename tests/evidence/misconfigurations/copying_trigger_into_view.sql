-- check: copying_trigger
-- object: copy on work.document
CREATE TABLE work.history (at date DEFAULT now(), line jsonb) PARTITION BY RANGE (at);
CREATE TABLE work.history_all PARTITION OF work.history DEFAULT;
CREATE VIEW work.latest AS SELECT line FROM work.history;
GRANT SELECT ON work.history_all TO app;
CREATE FUNCTION work.copy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO work.latest VALUES (to_jsonb(NEW));
    RETURN NULL;
END $$;
CREATE TRIGGER copy AFTER INSERT ON work.document FOR EACH ROW EXECUTE FUNCTION work.copy();
