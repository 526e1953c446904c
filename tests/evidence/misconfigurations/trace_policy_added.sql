-- check: trace_policy
-- object: support on tenancy.decision_trace
CREATE POLICY support ON tenancy.decision_trace FOR SELECT USING (kind = 'error');
