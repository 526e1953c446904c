-- check: template_database
-- object: postgres
-- To make copies of it for tests.
ALTER DATABASE postgres IS_TEMPLATE true;
