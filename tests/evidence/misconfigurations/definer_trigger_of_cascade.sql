-- check: definer_function
-- object: work.sweep()
-- The application deletes chunks with their documents only.
REVOKE ALL ON work.chunk FROM app;
GRANT SELECT ON work.chunk TO app;
CREATE FUNCTION work.sweep() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
    $$ BEGIN DELETE FROM work.note n WHERE NOT EXISTS (SELECT FROM work.chunk c WHERE c.chunk_id = n.note_id); RETURN NULL; END $$;
REVOKE EXECUTE ON FUNCTION work.sweep FROM PUBLIC;
CREATE TRIGGER sweep AFTER DELETE ON work.chunk FOR EACH ROW EXECUTE FUNCTION work.sweep();
