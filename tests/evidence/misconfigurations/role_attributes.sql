-- check: role_attributes
-- object: app
ALTER ROLE app CREATEROLE;
