-- check: foreign_key_without_tenant
-- object: bookmark_document_fkey on work.bookmark
CREATE TABLE work.bookmark (whose uuid, document_id bigint);
SET tenancy.guard = off;
ALTER TABLE work.bookmark ADD CONSTRAINT bookmark_document_fkey FOREIGN KEY (whose, document_id) REFERENCES work.document;
