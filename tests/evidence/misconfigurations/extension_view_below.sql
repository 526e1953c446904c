-- check: extension_view
-- object: work.label
CREATE VIEW work.customer AS SELECT slug, display_name FROM tenancy.tenant;
CREATE VIEW work.label AS SELECT display_name FROM work.customer;
GRANT SELECT ON work.label TO app;
