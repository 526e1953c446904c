-- check: view_as_owner
-- object: work.headline
SET tenancy.guard = off;
CREATE VIEW work.headline AS SELECT upper(title) AS headline FROM work.title;
