-- Foreign keys that are NOT VALID, or NOT ENFORCED (Postgres 18), probe nothing yet. They would the moment they are enforced.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
SELECT current_setting('server_version_num')::int >= 180000 AS has_not_enforced \gset
SET ROLE regress_world_owner;
CREATE TABLE world.tag (tenant_id uuid NOT NULL, note_tenant uuid, note_id int);
RESET ROLE;
CREATE INDEX ON world.tag (tenant_id);
SELECT count(*) AS protected FROM tenancy.protect('world.tag');
ALTER TABLE world.tag ADD FOREIGN KEY (note_tenant, note_id) REFERENCES world.note (tenant_id, id) NOT VALID;
CREATE TABLE world.mark (tenant_id uuid NOT NULL, note_tenant uuid, note_id int,
                         FOREIGN KEY (note_tenant, note_id) REFERENCES world.note (tenant_id, id));
\if :has_not_enforced
ALTER TABLE world.tag ADD CONSTRAINT later FOREIGN KEY (note_tenant, note_id) REFERENCES world.note (tenant_id, id) NOT ENFORCED;
CREATE TABLE world.mark (tenant_id uuid NOT NULL, note_tenant uuid, note_id int,
                         CONSTRAINT later FOREIGN KEY (note_tenant, note_id) REFERENCES world.note (tenant_id, id) NOT ENFORCED);
-- One made while the guard was off is found when it is enforced.
SET tenancy.guard = off;
ALTER TABLE world.tag ADD CONSTRAINT later FOREIGN KEY (note_tenant, note_id) REFERENCES world.note (tenant_id, id) NOT ENFORCED;
RESET tenancy.guard;
ALTER TABLE world.tag ALTER CONSTRAINT later ENFORCED;
ALTER TABLE world.tag DROP CONSTRAINT later;
-- NOT NULL that old rows were never checked against.
ALTER TABLE world.tag DROP CONSTRAINT tag_tenant_id_not_null, ADD CONSTRAINT tag_tenant_id_not_null NOT NULL tenant_id NOT VALID;
\endif
\i :suites/../fixtures/clear.sql
