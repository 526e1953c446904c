-- check: batch_role
-- object: role app
ALTER ROLE app SET tenancy.binding = session;
