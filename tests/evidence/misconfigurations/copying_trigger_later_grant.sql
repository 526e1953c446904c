-- check: copying_trigger
-- object: enter on work.document
-- What was the owner's journal becomes a page of the application.
GRANT SELECT (line) ON work.journal TO PUBLIC;
