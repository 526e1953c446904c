-- check: sequence_privilege
-- object: work.number
CREATE SEQUENCE work.number;
ALTER TABLE work.document ADD number bigint DEFAULT nextval('work.number');
GRANT ALL ON SEQUENCE work.number TO app;
