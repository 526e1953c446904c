-- check: partition_or_child
-- object: work.base
-- The remediation must not run what is named in it.
SET tenancy.guard = off;
CREATE TABLE work."note
; SELECT 1 / 0 --" (tenant_id uuid NOT NULL);
ALTER TABLE work."note
; SELECT 1 / 0 --" OWNER TO data_owner;
SELECT tenancy.protect('work."note
; SELECT 1 / 0 --"');
CREATE TABLE work.base (tenant_id uuid NOT NULL);
ALTER TABLE work.base OWNER TO data_owner;
ALTER TABLE work."note
; SELECT 1 / 0 --" INHERIT work.base;
