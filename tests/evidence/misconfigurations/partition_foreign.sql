-- check: partition_or_child
-- object: work.event_far
CREATE FOREIGN DATA WRAPPER far;
CREATE SERVER far FOREIGN DATA WRAPPER far;
SET tenancy.guard = off;
CREATE FOREIGN TABLE work.event_far PARTITION OF work.event FOR VALUES FROM ('2040-01-01') TO ('2050-01-01') SERVER far;
ALTER FOREIGN TABLE work.event_far OWNER TO data_owner;
