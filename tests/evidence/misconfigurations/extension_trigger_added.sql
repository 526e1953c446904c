-- check: extension_trigger_disabled
-- object: mirror on tenancy.decision_trace
CREATE TABLE work.mirror (line text);
GRANT SELECT ON work.mirror TO app;
CREATE FUNCTION work.mirror() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO work.mirror VALUES (NEW::text); RETURN NULL; END $$;
CREATE TRIGGER mirror AFTER INSERT ON tenancy.decision_trace FOR EACH ROW EXECUTE FUNCTION work.mirror();
