-- Shared rows and every way to write: upsert, MERGE, COPY, writes in WITH, rows that collide with shared ones. A tenant reads them and
-- changes nothing of them; that a key is taken by a shared row is no obstacle.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
\set nil '00000000-0000-0000-0000-000000000000'
CREATE TABLE world.word (tenant_id uuid NOT NULL, word text, meaning text, PRIMARY KEY (tenant_id, word));
INSERT INTO world.word VALUES (:'nil', 'a', 'shared a'), (:'nil', 'b', 'shared b'), (:'acme', 'b', 'acme b'), (:'globex', 'c', 'globex c');
ALTER TABLE world.word OWNER TO regress_world_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON world.word TO regress_world_app;
SELECT count(*) AS protected FROM tenancy.protect('world.word', shared => true);
\c - regress_world_app
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT tenancy.bind(:'acme_key') = :'acme' AS bound;
SELECT meaning FROM word ORDER BY meaning;
INSERT INTO word (word, meaning) VALUES ('a', 'acme a'), ('c', 'acme c') ON CONFLICT DO NOTHING RETURNING meaning;
INSERT INTO word (word, meaning) VALUES ('b', 'changed') ON CONFLICT (tenant_id, word) DO UPDATE SET meaning = excluded.meaning RETURNING meaning;
INSERT INTO word VALUES (:'nil', 'b', 'changed') ON CONFLICT (tenant_id, word) DO UPDATE SET meaning = excluded.meaning;
INSERT INTO word VALUES (:'nil', 'b', 'changed') ON CONFLICT DO NOTHING;
INSERT INTO word VALUES (:'nil', 'd', 'changed') ON CONFLICT DO NOTHING;
INSERT INTO word VALUES (:'globex', 'c', 'changed') ON CONFLICT DO NOTHING;
-- Matched by what is read, changed only where it is one's own: else an error, not a silent no.
MERGE INTO word w USING (VALUES ('a'), ('b')) v (word) ON w.word = v.word AND w.tenant_id = :'acme' WHEN MATCHED THEN UPDATE SET meaning = 'merged';
MERGE INTO word w USING (VALUES ('b')) v (word) ON w.word = v.word AND w.tenant_id = :'nil' WHEN MATCHED THEN UPDATE SET meaning = 'merged';
MERGE INTO word w USING (VALUES ('b')) v (word) ON w.word = v.word AND w.tenant_id = :'nil' WHEN MATCHED THEN DELETE;
MERGE INTO word w USING (VALUES ('b')) v (word) ON w.word = v.word AND w.tenant_id = :'nil' WHEN MATCHED THEN DO NOTHING;
MERGE INTO word w USING (VALUES ('c')) v (word) ON w.tenant_id = :'globex' AND w.word = v.word WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (:'globex', 'z', 'planted');
WITH gone AS (DELETE FROM word RETURNING *) SELECT meaning FROM gone ORDER BY meaning;
WITH read AS (SELECT * FROM word WHERE tenant_id = :'nil'), moved AS (UPDATE word SET word = 'x' FROM read WHERE word.word = read.word RETURNING word.meaning) SELECT * FROM moved;
-- Postgres refuses COPY FROM under row security.
COPY word FROM STDIN;
COPY word (word, meaning) FROM STDIN;
COPY (SELECT meaning FROM word WHERE tenant_id <> :'acme' ORDER BY 1) TO STDOUT;
ROLLBACK;
\c - :SUPERUSER
SELECT meaning FROM world.word ORDER BY meaning;
\i :suites/../fixtures/clear.sql
