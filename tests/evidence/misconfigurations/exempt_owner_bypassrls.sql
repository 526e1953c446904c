-- check: exempt_owner
-- object: work.note
-- mended: ALTER ROLE note_owner NOBYPASSRLS
-- No command on the table: the attribute comes to its owner later.
CREATE ROLE note_owner;
ALTER TABLE work.note OWNER TO note_owner;
ALTER ROLE note_owner BYPASSRLS;
