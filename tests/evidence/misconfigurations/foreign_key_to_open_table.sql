-- check: foreign_key_to_open_table
-- object: document_country_fkey on work.document
SET tenancy.guard = off;
ALTER TABLE work.document ADD CONSTRAINT document_country_fkey FOREIGN KEY (country) REFERENCES work.country ON UPDATE CASCADE;
