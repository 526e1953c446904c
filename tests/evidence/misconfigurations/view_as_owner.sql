-- check: view_as_owner
-- object: work.title
SET tenancy.guard = off;
ALTER VIEW work.title RESET (security_invoker);
