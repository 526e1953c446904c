-- check: partition_or_child
-- object: work.all_notes
-- mended: ALTER TABLE work.note NO INHERIT work.all_notes
SET tenancy.guard = off;
CREATE TABLE work.all_notes (tenant_id uuid NOT NULL, body text);
ALTER TABLE work.note INHERIT work.all_notes;
