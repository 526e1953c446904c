-- check: sequence_privilege
-- object: work.document_document_id_seq
GRANT ALL ON ALL SEQUENCES IN SCHEMA work TO app;
