-- check: role_attributes
-- object: branch_maker
CREATE ROLE branch_maker CREATEDB;
GRANT branch_maker TO app;
