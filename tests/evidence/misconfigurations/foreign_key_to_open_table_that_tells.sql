-- check: foreign_key_to_open_table
-- object: document_country_fkey on work.document
-- Harmless until the application may delete countries: who tries learns whether any tenant refers to one.
ALTER TABLE work.document ADD CONSTRAINT document_country_fkey FOREIGN KEY (country) REFERENCES work.country;
SET tenancy.guard = off;
GRANT DELETE ON work.country TO app;
