-- check: binding_session
-- object: all roles
ALTER ROLE ALL SET tenancy.binding = session;
