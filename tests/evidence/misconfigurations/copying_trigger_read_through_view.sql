-- check: copying_trigger
-- object: enter on work.document
-- A report of what the trigger enters, for applications, which may not read the table itself.
CREATE VIEW work.entered AS SELECT * FROM work.journal;
ALTER VIEW work.entered OWNER TO data_owner;
CREATE VIEW work.report AS SELECT line FROM work.entered;
ALTER VIEW work.report OWNER TO data_owner;
GRANT SELECT ON work.report TO app;
-- One that asks for the bound tenant is no such copy.
CREATE VIEW work.own WITH (security_barrier = true) AS
    SELECT line FROM work.journal WHERE line = tenancy.current_tenant()::text;
ALTER VIEW work.own OWNER TO data_owner;
GRANT SELECT ON work.own TO app;
