-- Rows of the tenants: of the one that is bound, of two others, and of one that grants some.
CREATE TEMP TABLE who (tenant_id uuid, slug text, number bigint, mark text);
INSERT INTO who VALUES
    ('a0000000-0000-4000-8000-00000000000a', 'acme', 11, 'own'),
    ('b0e1b0e1-b0e1-4b0e-8b0e-b0e1b0e1b0e1', 'zqxbglobex', 4815162342, 'zqxb'),
    ('c0e1c0e1-c0e1-4c0e-8c0e-c0e1c0e1c0e1', 'zqxbinitech', 4815162343, 'zqxb');
CREATE TEMP TABLE made AS
    SELECT w.tenant_id, w.slug, w.number, g AS id, s.scope,
           CASE WHEN w.mark = 'own' AND s.scope NOT LIKE '%red%' THEN 'zqxr' ELSE w.mark END AS mark,
           CASE WHEN w.mark <> 'own' THEN 4815162300 WHEN s.scope LIKE '%red%' THEN 0 ELSE 2718281800 END AS far
      FROM who w, generate_series(1, 12) g,
           LATERAL (SELECT (ARRAY['{"team":"red"}', '{"team":"blue"}', '{"team":"red","agent":"x"}', '{}'])[1 + g % 4] AS scope) s;
INSERT INTO app.note SELECT tenant_id, id, scope::jsonb, mark || 'body' || id, far + id,
       jsonb_build_object(mark, mark || id), ARRAY[mark, mark || id] FROM made;
INSERT INTO app.line SELECT tenant_id, id, scope::jsonb, id, mark || 'line' || id, far + id FROM made;
-- No floor reaches these, so the tenant's own rows are of the whole tenant.
INSERT INTO app.item SELECT slug, id, replace(mark, 'own', 'zqxr') || 'item' || id, greatest(far, 2718281800) + id FROM made;
INSERT INTO app.event SELECT number, id, replace(mark, 'own', 'zqxr') || 'event' || id, greatest(far, 2718281800) + id FROM made;
INSERT INTO app.base SELECT tenant_id, id, replace(mark, 'own', 'zqxr') || 'base' || id, greatest(far, 2718281800) + id FROM made;
INSERT INTO app.child SELECT tenant_id, id, replace(mark, 'own', 'zqxr') || 'child' || id, greatest(far, 2718281800) + id, replace(mark, 'own', 'zqxr') FROM made;
INSERT INTO app.chunk SELECT tenant_id, id, scope::jsonb, mark || 'chunk' || id, far + id,
       ARRAY[id, 1, 0, id % 3]::vector(4) FROM made;
INSERT INTO app.price SELECT tenant_id, id, scope::jsonb, CASE WHEN scope = '{}' AND mark = 'zqxr' THEN 'own' ELSE mark END || 'price' || id,
       CASE WHEN scope = '{}' AND mark = 'zqxr' THEN 0 ELSE far END + id FROM made;
INSERT INTO app.price VALUES ('00000000-0000-0000-0000-000000000000', 1, '{}', 'shared', 1);
-- Another tenant grants what is of the agent x.
INSERT INTO app.memo SELECT tenant_id, id, scope::jsonb, mark || 'memo' || id, far + id FROM made;
INSERT INTO app.memo SELECT 'e0000000-0000-4000-8000-00000000000e', id, scope::jsonb,
       CASE WHEN scope LIKE '%agent%' THEN 'granted' ELSE 'zqxb' END || id, CASE WHEN scope LIKE '%agent%' THEN 0 ELSE 4815162300 END + id
  FROM made WHERE slug = 'acme';
INSERT INTO app.word SELECT g, 'word' || g FROM generate_series(1, 20) g;
