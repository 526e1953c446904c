-- check: foreign_key_without_tenant
-- object: chunk_source_fkey on work.chunk
-- mended: ALTER TABLE work.chunk DROP CONSTRAINT chunk_source_fkey
ALTER TABLE work.chunk ADD source_owner uuid, ADD source_id bigint;
SET tenancy.guard = off;
ALTER TABLE work.chunk ADD CONSTRAINT chunk_source_fkey FOREIGN KEY (source_owner, source_id) REFERENCES work.document;
