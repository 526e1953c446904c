-- Keys WITHOUT OVERLAPS (Postgres 18) and exclusion constraints: another tenant's period would be an obstacle, and so
-- be found. Refused without the tenant, before and after.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
SELECT current_setting('server_version_num')::int >= 180000 AS has_periods \gset
SET ROLE regress_world_owner;
CREATE TABLE world.room (tenant_id uuid NOT NULL, room int4range NOT NULL, during tstzrange NOT NULL, EXCLUDE USING gist (room WITH =, during WITH &&));
RESET ROLE;
SELECT tenancy.protect('world.room');
ALTER TABLE world.room DROP CONSTRAINT room_room_during_excl;
SET client_min_messages = warning;
SELECT count(*) AS protected FROM tenancy.protect('world.room');
ALTER TABLE world.room ADD EXCLUDE USING gist (during WITH &&);
ALTER TABLE world.room ADD EXCLUDE USING gist (room WITH =, during WITH -|-);
-- Nor does the tenant count by another operator than equality.
CREATE TABLE world.slot (account int NOT NULL, during tstzrange NOT NULL);
SELECT count(*) AS protected FROM tenancy.protect('world.slot', 'account');
ALTER TABLE world.slot ADD EXCLUDE USING gist (int4range(account, NULL) WITH &&, during WITH &&);
ALTER TABLE world.slot ADD EXCLUDE USING btree (account WITH =);
\if :has_periods
ALTER TABLE world.room ADD UNIQUE (room, during WITHOUT OVERLAPS);
ALTER TABLE world.room ADD PRIMARY KEY (room, during WITHOUT OVERLAPS);
CREATE TABLE world.stay (tenant_id uuid NOT NULL, room int4range, during tstzrange, UNIQUE (room, during WITHOUT OVERLAPS));
SELECT tenancy.protect('world.stay');
\endif
\i :suites/../fixtures/clear.sql
