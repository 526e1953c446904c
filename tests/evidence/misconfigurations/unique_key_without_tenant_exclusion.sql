-- check: unique_key_without_tenant
-- object: work.document_title_excl
-- shown: probe_key
SET tenancy.guard = off;
ALTER TABLE work.document ADD CONSTRAINT document_title_excl EXCLUDE (title WITH =);
