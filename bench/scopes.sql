-- What scopes, sharing and grants cost: the same rows in tables that differ in their policies only. Every floor here
-- covers all rows, and whoever else's rows a tenant reads has none; so all sides see the same.
SET search_path = bench;

ALTER TABLE credential ADD floor1 text, ADD floor2 text, ADD delegated text;
UPDATE credential
SET floor1 = (SELECT k.secret FROM tenancy.create_key(tenant_id::text, 'bench', scope_floor => '{"team":"red"}') k),
    floor2 = (SELECT k.secret FROM tenancy.create_key(tenant_id::text, 'bench',
                                                      scope_floor => '{"region":"north","team":"red"}') k),
    delegated = (SELECT k.secret FROM tenancy.create_key(tenant_id::text, 'bench', '{read,write,key:delegate}') k)
WHERE n <= 10;
GRANT UPDATE (delegated) ON credential TO bench_app;

-- Ten tenants of 10,000 rows, and one of 500,000.
CREATE TABLE unscoped (
    tenant_id uuid NOT NULL,
    id        bigint NOT NULL,
    body      text NOT NULL,
    scope     tenancy.scope NOT NULL
);
INSERT INTO unscoped
SELECT c.tenant_id, r.id, md5(c.n || ' ' || r.id),
       jsonb_build_object('region', 'north', 'team', 'red', 'user', 'u' || r.id % 100)
FROM credential c, generate_series(0, CASE WHEN c.n = 10 THEN 499999 ELSE 9999 END) AS r (id)
WHERE c.n <= 10
ORDER BY r.id, c.n;

SELECT format('CREATE TABLE %I (LIKE unscoped)', name), format('INSERT INTO %I TABLE unscoped', name)
FROM unnest('{scoped,shared,shared_scoped,granted,granted_scoped,scoped_hand}'::text[]) name
\gexec
SELECT format('ALTER TABLE %I ADD PRIMARY KEY (tenant_id, id)', name), format('ALTER TABLE %I OWNER TO bench_owner', name)
FROM unnest('{unscoped,scoped,shared,shared_scoped,granted,granted_scoped,scoped_hand}'::text[]) name
\gexec

SELECT tenancy.protect('unscoped');
SELECT tenancy.protect('scoped', scope_column => 'scope');
SELECT tenancy.protect('shared', shared => true);
SELECT tenancy.protect('shared_scoped', scope_column => 'scope', shared => true);
SELECT tenancy.protect('granted');
SELECT tenancy.protect('granted_scoped', scope_column => 'scope');
SELECT tenancy.grant_read('tenant-11', c.tenant_id::text, name)
FROM credential c, unnest('{granted,granted_scoped}'::regclass[]) name
WHERE c.n <= 10;

-- What could be instead of scope_visible, for the application; and what people write by hand, for the others.
ALTER TABLE scoped_hand ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY base ON scoped_hand TO bench_app USING (true);
CREATE POLICY own ON scoped_hand AS RESTRICTIVE TO bench_app USING (tenant_id = tenancy.current_tenant('read'));
CREATE POLICY own_scope ON scoped_hand AS RESTRICTIVE TO bench_app USING (scope @> (SELECT tenancy.current_scope()));
CREATE POLICY by_setting ON scoped_hand TO bench_plain, bench_owner
USING (tenant_id = (SELECT current_setting('app.tenant')::uuid) AND scope @> (SELECT current_setting('app.scope')::jsonb));
