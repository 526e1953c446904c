-- RETURNING old and new (Postgres 18): of a row that is not one's own there is neither.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\c - regress_world_app
SELECT current_setting('server_version_num')::int >= 180000 AS has_old_and_new \gset
\if :has_old_and_new
\else
    \i :suites/../fixtures/clear.sql
    \quit
\endif
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
UPDATE note SET body = 'changed' WHERE id = 1 RETURNING old.body AS was, new.body AS became, old.tenant_id = new.tenant_id AS same;
UPDATE note SET body = 'changed' WHERE tenant_id = :'globex' RETURNING old.*, new.*;
DELETE FROM note WHERE id = 2 RETURNING old.body, new.body;
DELETE FROM note WHERE tenant_id = :'globex' RETURNING old.*, new.*;
INSERT INTO note (id, body) VALUES (1, 'again') ON CONFLICT (tenant_id, id) DO UPDATE SET body = 'upsert' RETURNING old.body, new.body;
INSERT INTO note (id, body) VALUES (9, 'new') RETURNING old.body, new.body;
UPDATE note SET tenant_id = :'globex' WHERE id = 3 RETURNING old.*, new.*;
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
INSERT INTO note (tenant_id, id, body) VALUES (:'globex', 1, 'x') ON CONFLICT (tenant_id, id) DO UPDATE SET body = 'changed' RETURNING old.*, new.*;
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
MERGE INTO note n USING (VALUES (1), (9)) v (id) ON n.id = v.id
    WHEN MATCHED THEN UPDATE SET body = 'merged' WHEN NOT MATCHED THEN INSERT (id, body) VALUES (v.id, 'made')
    RETURNING merge_action(), old.body, new.body;
MERGE INTO note n USING (VALUES (1), (2)) v (id) ON n.id = v.id AND n.tenant_id = :'globex'
    WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN DO NOTHING RETURNING merge_action(), old.*, new.*;
MERGE INTO note n USING (VALUES (1), (2)) v (id) ON n.id = v.id AND n.tenant_id = :'globex'
    WHEN NOT MATCHED BY SOURCE THEN DELETE WHEN MATCHED THEN DELETE RETURNING merge_action(), old.body;
MERGE INTO note n USING (VALUES (1)) v (id) ON false
    WHEN NOT MATCHED THEN INSERT VALUES (:'globex', 50, 'planted') RETURNING old.*, new.*;
ROLLBACK;
\i :suites/../fixtures/clear.sql
