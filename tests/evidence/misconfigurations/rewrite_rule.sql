-- check: rewrite_rule
-- object: copy on work.document
SET tenancy.guard = off;
CREATE RULE copy AS ON INSERT TO work.document DO ALSO INSERT INTO work.journal VALUES (NEW.title);
