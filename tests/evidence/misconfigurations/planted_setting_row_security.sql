-- check: planted_setting
-- object: role app in database postgres
ALTER ROLE app IN DATABASE postgres SET row_security = off;
