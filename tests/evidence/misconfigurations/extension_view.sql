-- check: extension_view
-- object: work.customer
-- For a list of customers in the application.
CREATE VIEW work.customer AS SELECT slug, display_name FROM tenancy.tenant;
GRANT SELECT ON work.customer TO app;
