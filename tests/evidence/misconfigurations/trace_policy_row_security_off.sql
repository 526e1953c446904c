-- check: trace_policy
-- object: tenancy.decision_trace
-- shown: probe_read
ALTER TABLE tenancy.decision_trace DISABLE ROW LEVEL SECURITY;
