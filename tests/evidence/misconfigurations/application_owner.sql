-- check: application_owner
-- object: work.note
-- mended: ALTER TABLE work.note OWNER TO data_owner
-- The tables were made by the application's migrations, as the application.
SET tenancy.guard = off;
ALTER TABLE work.note OWNER TO app;
