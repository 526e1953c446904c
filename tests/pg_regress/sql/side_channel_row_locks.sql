-- Row locks, waits and conflicts as an oracle: another tenant holds rows locked and keys uncommitted. Nothing a tenant does
-- waits for it, or skips what it would have had.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
CREATE UNIQUE INDEX ON world.note (tenant_id, body);
-- Another transaction of globex: a row changed, one deleted, one inserted, the rest locked; it neither commits nor ends.
BEGIN;
UPDATE world.note SET body = 'changed' WHERE tenant_id = :'globex' AND id = 1;
DELETE FROM world.note WHERE tenant_id = :'globex' AND id = 2;
INSERT INTO world.note VALUES (:'globex', 3, 'uncommitted');
SELECT count(*) FROM (SELECT FROM world.note WHERE tenant_id = :'globex' FOR UPDATE) locked;
PREPARE TRANSACTION 'regress_side_channel_row_locks';
\c - regress_world_app
-- Whatever waits fails.
SET lock_timeout = '500ms';
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT id FROM note ORDER BY id FOR UPDATE NOWAIT;
SELECT id FROM note ORDER BY id FOR UPDATE SKIP LOCKED;
SELECT id FROM note WHERE tenant_id = :'globex' FOR UPDATE NOWAIT;
SELECT id FROM note WHERE id IN (1, 2) AND tenant_id <> tenancy.current_tenant() FOR KEY SHARE NOWAIT;
UPDATE note SET body = body || '!' RETURNING id, body;
DELETE FROM note WHERE id = 3 RETURNING id;
UPDATE note SET tenant_id = :'acme', id = 9 WHERE tenant_id = :'globex' RETURNING id;
DELETE FROM note WHERE tenant_id = :'globex' RETURNING id;
-- Keys that the other transaction has taken, or given up.
INSERT INTO note (id, body) VALUES (3, 'uncommitted') RETURNING id;
INSERT INTO note (id, body) VALUES (4, 'changed') ON CONFLICT DO NOTHING RETURNING id;
INSERT INTO note (id, body) VALUES (5, 'globex 2') ON CONFLICT (tenant_id, body) DO UPDATE SET body = 'mine' RETURNING id;
INSERT INTO note (tenant_id, id, body) VALUES (:'globex', 3, 'uncommitted');
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
INSERT INTO note (tenant_id, id, body) VALUES (:'globex', 3, 'uncommitted') ON CONFLICT DO NOTHING;
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
INSERT INTO note (tenant_id, id, body) VALUES (:'globex', 2, 'x') ON CONFLICT (tenant_id, id) DO UPDATE SET body = 'changed';
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
MERGE INTO note n USING (VALUES (1), (2), (3)) v (id) ON n.id = v.id AND n.tenant_id = :'globex' WHEN MATCHED THEN DELETE;
MERGE INTO note n USING (VALUES (1), (3)) v (id) ON n.id = v.id WHEN MATCHED THEN UPDATE SET body = n.body || ' merged';
SELECT id, body FROM note ORDER BY id;
ROLLBACK;
-- The control: the tenant of those rows does wait.
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
SELECT id FROM note ORDER BY id FOR UPDATE NOWAIT;
ROLLBACK;
BEGIN;
SELECT tenancy.bind(:'globex_key') = :'globex' AS bound;
INSERT INTO note (id, body) VALUES (4, 'uncommitted');
ROLLBACK;
-- A serializable transaction fails for others' rows no more than it has read them.
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT count(*) FROM note;
UPDATE note SET body = 'mine' WHERE id = 1;
COMMIT;
\c - :SUPERUSER
ROLLBACK PREPARED 'regress_side_channel_row_locks';
\i :suites/../fixtures/clear.sql
