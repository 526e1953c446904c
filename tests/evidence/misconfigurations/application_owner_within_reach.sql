-- check: application_owner
-- object: work.note
-- The role that owns the table is granted to the application, so that it can run its migrations.
CREATE ROLE migrator;
SET tenancy.guard = off;
ALTER TABLE work.note OWNER TO migrator;
GRANT migrator TO app;
