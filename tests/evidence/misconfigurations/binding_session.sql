-- check: binding_session
-- object: database postgres
ALTER DATABASE postgres SET tenancy.binding = session;
