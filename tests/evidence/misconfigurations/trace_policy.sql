-- check: trace_policy
-- object: tenancy_own on tenancy.decision_trace
ALTER POLICY tenancy_own ON tenancy.decision_trace USING (tenant_id = tenancy.current_tenant('trace:read'));
