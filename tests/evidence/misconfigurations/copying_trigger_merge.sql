-- check: copying_trigger
-- object: latest on work.event
CREATE TABLE work."Latest" (what text PRIMARY KEY);
GRANT SELECT ON work."Latest" TO app;
CREATE FUNCTION work.latest() RETURNS trigger LANGUAGE plpgsql SET search_path = work, pg_temp AS $$
BEGIN
    merge
        into "Latest" l USING (SELECT NEW.what) n ON l.what = n.what WHEN NOT MATCHED THEN INSERT VALUES (n.what);
    RETURN NULL;
END $$;
CREATE TRIGGER latest AFTER INSERT ON work.event FOR EACH ROW EXECUTE FUNCTION work.latest();
