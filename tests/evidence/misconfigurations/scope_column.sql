-- check: scope_column
-- object: work.note
ALTER TABLE work.note DROP CONSTRAINT note_pkey;
SET tenancy.guard = off;
ALTER TABLE work.note ALTER scope DROP NOT NULL;
