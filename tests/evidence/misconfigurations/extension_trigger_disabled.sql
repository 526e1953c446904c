-- check: extension_trigger_disabled
-- object: credential_changed on tenancy.api_key
-- Revoked keys go on in open sessions.
ALTER TABLE tenancy.api_key DISABLE TRIGGER credential_changed;
