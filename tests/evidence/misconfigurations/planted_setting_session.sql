-- check: planted_setting
-- object: role app
-- Postgres kept it from before the library was loaded.
INSERT INTO pg_db_role_setting SELECT 0, oid, '{tenancy.session=another}' FROM pg_roles WHERE rolname = 'app';
