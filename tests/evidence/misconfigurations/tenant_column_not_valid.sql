-- check: tenant_column
-- object: work.reading
-- needs: 18
CREATE TABLE work.reading (tenant_id uuid NOT NULL, value text);
ALTER TABLE work.reading OWNER TO data_owner;
SELECT tenancy.protect('work.reading');
SET tenancy.guard = off;
ALTER TABLE work.reading ALTER tenant_id DROP NOT NULL;
ALTER TABLE work.reading ADD CONSTRAINT has_tenant NOT NULL tenant_id NOT VALID;
