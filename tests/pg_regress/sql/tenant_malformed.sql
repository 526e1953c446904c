-- create_tenant with slugs, ids, numbers and settings that are malformed, taken or reserved. Above all: no slug may read as
-- another tenant's id.
\set ECHO none
\getenv suites PG_ABS_SRCDIR
\i :suites/../fixtures/world.sql
SELECT count(*) AS tenants_before FROM tenancy.tenant \gset
SELECT array_agg(a ORDER BY n) AS arguments, array_agg('SELECT tenancy.create_tenant(' || a || ')' ORDER BY n) AS statements
FROM unnest(ARRAY[
    'NULL',
    '''''',
    ''' ''',
    '''a b''',
    ''' acme''',
    '''acme ''',
    'E''a\nb''',
    '''-a''',
    '''.a''',
    '''_a''',
    '''@a''',
    '''a/b''',
    '''a''''b''',
    '''a"b''',
    '''a;b''',
    '''a%''',
    '''a\b''',
    '''ä''',
    '''аcme''',
    'repeat(''a'', 129)',
    'repeat(''a'', 1048576)',
    '''SHARED''',
    '''shared''',
    '''acme''',
    '''acacacac-0000-4000-8000-000000000001''',
    '''ACACACAC-0000-4000-8000-000000000001''',
    '''acacacac000040008000000000000001''',
    '''urn:uuid:acacacac-0000-4000-8000-000000000001''',
    '''11111111-1111-4111-8111-111111111111''',
    '''11111111-1111-4111-8111-111111111111'', NULL, ''22222222-2222-4222-8222-222222222222''',
    '''AAAAAAAA-1111-4111-8111-111111111111'', NULL, ''aaaaaaaa-1111-4111-8111-111111111111''',
    '''t'', NULL, ''00000000-0000-0000-0000-000000000000''',
    '''t'', NULL, ''acacacac-0000-4000-8000-000000000001''',
    '''t'', NULL, NULL, 900001',
    '''t'', NULL, NULL, 9223372036854775808',
    '''t'', NULL, NULL, NULL, ''[]''',
    '''t'', NULL, NULL, NULL, ''1''',
    '''t'', NULL, NULL, NULL, ''"x"''',
    '''t'', NULL, NULL, NULL, ''null''',
    '''t'', NULL, NULL, NULL, (repeat(''['', 1000) || repeat('']'', 1000))::jsonb'
]) WITH ORDINALITY u (a, n) \gset
CALL world.attempt_each(:'arguments', :'statements');
SELECT count(*) - :tenants_before AS tenants_made FROM tenancy.tenant;
-- Accepted.
BEGIN;
SELECT tenancy.create_tenant(s) IS NOT NULL AS made, s AS slug FROM unnest(ARRAY['a', 'A', '7', 'a.b_c:d@e-f', 'Acme', 'auth0:org_1']) s;
SELECT tenancy.create_tenant(repeat('a', 128)) IS NOT NULL AS made;
SELECT tenancy.create_tenant('11111111-1111-4111-8111-111111111111', NULL, '11111111-1111-4111-8111-111111111111') AS its_own_id;
SELECT tenancy.create_tenant('named', 'Näme with ''quotes''', settings => '{"plan": {"seats": [1, 2]}, "exact": 12345678901234567890.12345678901234567890}') IS NOT NULL AS made;
SELECT slug, display_name, status, live_keys, settings = '{"plan": {"seats": [1, 2]}, "exact": 12345678901234567890.12345678901234567890}' AS settings_kept
FROM tenancy.tenant_list WHERE slug IN ('named', 'a') ORDER BY 1;
SELECT tenancy.create_tenant('numbered', tenant_number => 9223372036854775807) IS NOT NULL AS made;
SELECT tenancy.create_tenant('defaults', NULL, NULL, NULL, NULL) IS NOT NULL AS made;
SELECT display_name, settings, tenant_number > 0 AS numbered FROM tenancy.tenant_list WHERE slug = 'defaults';
ROLLBACK;
-- A number that was given doesn't stand in the way of the next one that isn't.
BEGIN;
SELECT last_value + 1 AS next FROM tenancy.tenant_tenant_number_seq \gset
SELECT tenancy.create_tenant('given', tenant_number => :next) IS NOT NULL AS made;
SELECT tenancy.create_tenant('counted') IS NOT NULL AS made;
ROLLBACK;
-- Written straight into the table, past create_tenant, the constraints still hold what isolation rests on.
\set VERBOSITY sqlstate
INSERT INTO tenancy.tenant (tenant_id, slug, display_name) VALUES ('00000000-0000-0000-0000-000000000000', 'nil', 'nil');
INSERT INTO tenancy.tenant (slug, display_name) VALUES ('acme', 'Acme');
INSERT INTO tenancy.tenant (slug, display_name) VALUES ('acacacac-0000-4000-8000-000000000001', 'another tenant''s id');
INSERT INTO tenancy.tenant (slug, display_name, tenant_number) VALUES ('t', 't', NULL);
INSERT INTO tenancy.tenant (slug, display_name, status) VALUES ('t', 't', 'asleep');
INSERT INTO tenancy.tenant (slug, display_name) VALUES ('', 'empty');
INSERT INTO tenancy.tenant (slug, display_name) VALUES ('shared', 'reserved');
UPDATE tenancy.tenant SET slug = 'acacacac-0000-4000-8000-000000000001' WHERE slug = 'globex';
DELETE FROM tenancy.tenant WHERE slug IN ('', 'acacacac-0000-4000-8000-000000000001');
\i :suites/../fixtures/clear.sql
