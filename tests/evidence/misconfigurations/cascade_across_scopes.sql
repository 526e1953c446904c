-- check: cascade_across_scopes
-- object: pin_note_fkey on work.pin
-- mended: ALTER TABLE work.pin DROP CONSTRAINT pin_note_fkey
CREATE TABLE work.pin (tenant_id uuid NOT NULL, scope tenancy.scope NOT NULL, note_id bigint, PRIMARY KEY (tenant_id, scope, note_id));
ALTER TABLE work.pin OWNER TO data_owner;
SELECT tenancy.protect('work.pin', scope_column => 'scope');
SET tenancy.guard = off;
ALTER TABLE work.pin ADD CONSTRAINT pin_note_fkey FOREIGN KEY (tenant_id, note_id) REFERENCES work.note (tenant_id, note_id)
    ON DELETE CASCADE;
