-- Generated columns, stored and virtual (Postgres 18): they compute from one's own rows, behind the policies, and none can stand
-- for the tenant.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
SELECT current_setting('server_version_num')::int >= 180000 AS has_virtual \gset
CREATE TABLE world.bill (tenant_id uuid NOT NULL, id int, amount numeric, parts int, share numeric GENERATED ALWAYS AS (amount / parts) STORED,
                         PRIMARY KEY (tenant_id, id));
INSERT INTO world.bill VALUES (:'acme', 1, 10, 2), (:'globex', 1, 99, 3);
GRANT SELECT, INSERT, UPDATE, DELETE ON world.bill TO regress_world_app;
SELECT count(*) AS protected FROM tenancy.protect('world.bill');
CREATE TABLE world.made (base uuid, tenant_id uuid GENERATED ALWAYS AS (base) STORED);
SELECT tenancy.protect('world.made');
\if :has_virtual
-- A row of globex's on which the column fails: only where it is computed.
ALTER TABLE world.bill ADD COLUMN fails numeric GENERATED ALWAYS AS (1 / (amount - 99)) VIRTUAL;
CREATE TABLE world.made_virtual (base uuid, tenant_id uuid GENERATED ALWAYS AS (base) VIRTUAL);
SELECT tenancy.protect('world.made_virtual');
\endif
\c - regress_world_app
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT id, round(share, 2) AS share FROM bill;
SELECT count(*) FROM bill WHERE share > 30;
UPDATE bill SET parts = 4 RETURNING round(share, 2) AS share;
INSERT INTO bill (tenant_id, id, amount, parts) VALUES (:'globex', 2, 1, 1);
-- It is computed before the policy is asked, of what one gives oneself.
INSERT INTO bill (tenant_id, id, amount, parts) VALUES (:'globex', 2, 1, 0);
ROLLBACK;
\if :has_virtual
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT count(*) FROM bill WHERE fails > -1;
SELECT round(max(fails), 3) AS fails FROM bill;
SELECT count(*) FROM bill WHERE fails IS NOT NULL AND tenant_id = :'globex';
ROLLBACK;
\endif
\i :suites/../fixtures/clear.sql
