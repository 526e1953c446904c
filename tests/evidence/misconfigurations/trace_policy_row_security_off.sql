-- check: trace_policy
-- object: tenancy.decision_trace
ALTER TABLE tenancy.decision_trace DISABLE ROW LEVEL SECURITY;
