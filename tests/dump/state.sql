-- All that a restore must bring back, as text without oids.
SET search_path = pg_catalog;
SELECT t FROM tenancy.tenant t ORDER BY slug;
SELECT k FROM tenancy.api_key k ORDER BY key_id;
SELECT k FROM tenancy.key_use k ORDER BY key_id;
SELECT relation, tenant_column, scope_column, shared, granted FROM tenancy.protected_table ORDER BY relation::text;
SELECT g FROM tenancy.read_grant g ORDER BY grant_id;
SELECT b FROM tenancy.budget b ORDER BY budget_id;
SELECT l FROM tenancy.budget_lease l ORDER BY budget_id, period_start;
-- Others come as the tests are refused.
SELECT d FROM tenancy.decision_trace d WHERE leaf = sha256('kept');
SELECT run_id, verdict, sha256(convert_to(tenancy.evidence(run_id), 'UTF8')) FROM tenancy.evidence_run ORDER BY run_id;
SELECT f FROM tenancy.evidence_finding f ORDER BY f::text;
SELECT schema_name, tenant_column FROM tenancy.managed_schema ORDER BY 1;
SELECT polrelid::regclass, polname, polpermissive, polcmd, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
FROM pg_policy ORDER BY polrelid::regclass::text, polname;
SELECT oid::regclass, relkind, relowner::regrole, relrowsecurity, relforcerowsecurity,
       (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(relacl) a)
FROM pg_class WHERE relnamespace IN ('public'::regnamespace, 'managed'::regnamespace, 'tenancy'::regnamespace) ORDER BY oid::regclass::text;
SELECT attrelid::regclass, attname, attnotnull, pg_get_expr(adbin, adrelid)
FROM pg_attribute JOIN pg_class c ON c.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE relnamespace IN ('public'::regnamespace, 'managed'::regnamespace) AND attnum > 0 AND NOT attisdropped
ORDER BY attrelid::regclass::text, attnum;
SELECT evtname, evtenabled, evtevent FROM pg_event_trigger ORDER BY 1;
SELECT tgrelid::regclass, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2;
SELECT last_value FROM tenancy.tenant_tenant_number_seq;
SELECT i.indexrelid::regclass, pg_get_indexdef(i.indexrelid), i.indisvalid, c.problem
FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid AND x.relam = (SELECT oid FROM pg_am WHERE amname = 'tenant_vector')
LEFT JOIN LATERAL tenancy.check_index(i.indexrelid) c ON true
ORDER BY 1;
SET enable_seqscan = off;
SET enable_sort = off;
SELECT body FROM public.remembered WHERE customer = 'acme' ORDER BY embedding OPERATOR(public.<->) '[3,1,1]' LIMIT 2;
