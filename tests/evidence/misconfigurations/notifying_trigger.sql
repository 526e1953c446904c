-- check: notifying_trigger
-- object: tell on work.document
CREATE FUNCTION work.tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_notify('document', row_to_json(NEW)::text); RETURN NULL; END $$;
CREATE TRIGGER tell AFTER INSERT ON work.document FOR EACH ROW EXECUTE FUNCTION work.tell();
