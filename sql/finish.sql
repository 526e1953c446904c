-- What \d+ and \df+ say.

COMMENT ON TABLE tenancy.tenant IS 'tenants; managed by create_tenant, suspend_tenant and resume_tenant';
COMMENT ON COLUMN tenancy.tenant.tenant_id IS 'identity, for uuid tenant columns; never the nil uuid';
COMMENT ON COLUMN tenancy.tenant.slug IS 'name, for text tenant columns and tokens';
COMMENT ON COLUMN tenancy.tenant.tenant_number IS 'number, for integer and bigint tenant columns';
COMMENT ON TABLE tenancy.api_key IS 'API keys, by the digest of their secret; managed by create_key, rotate_key and revoke_key';
COMMENT ON COLUMN tenancy.api_key.secret_digest IS 'SHA-256 of the key; the secret itself is stored nowhere';
COMMENT ON COLUMN tenancy.api_key.parent_key_id IS 'the key that delegated this one; it is never wider, and ends with it';
COMMENT ON TABLE tenancy.key_use IS 'when keys were last used; written by maintain, at most once a minute for each';
COMMENT ON TABLE tenancy.read_grant IS
    'who may read rows of another tenant, also of grants that have ended; managed by grant_read and revoke_read';
COMMENT ON VIEW tenancy.read_grant_list IS 'read grants with their status';
COMMENT ON DOMAIN tenancy.scope IS 'where inside its tenant a row lies or a credential acts: a flat JSON object of strings';
COMMENT ON CONSTRAINT scope_check ON DOMAIN tenancy.scope IS 'raises an error that names the offending key';
COMMENT ON TABLE tenancy.protected_table IS 'tables that protect made tenant-aware; the guard watches them';
COMMENT ON TABLE tenancy.managed_schema IS 'schemas in which no table may exist unprotected';
COMMENT ON VIEW tenancy.tenant_list IS 'tenants with the number of their live keys';
COMMENT ON VIEW tenancy.key_list IS 'API keys with their status and last use, without digests';
COMMENT ON VIEW tenancy.protected_relation IS 'every table under a protected one, partitions and children included';
COMMENT ON VIEW tenancy.protected_reader IS 'views that read a protected table, directly or through other views';
COMMENT ON VIEW tenancy.expected_policy IS 'the policies that protect makes, and how Postgres shows them';

COMMENT ON ACCESS METHOD tenant_vector IS
    'nearest vectors of one tenant or a few, for ORDER BY a distance; the tenant''s column first';
COMMENT ON FUNCTION tenancy._tenant_vector_handler(internal) IS 'the access method tenant_vector; for Postgres itself';
COMMENT ON OPERATOR CLASS tenancy.uuid_tenant_ops USING tenant_vector IS 'tenants that are uuids';
COMMENT ON OPERATOR CLASS tenancy.text_tenant_ops USING tenant_vector IS 'tenants that are texts';
COMMENT ON OPERATOR CLASS tenancy.int4_tenant_ops USING tenant_vector IS 'tenants that are integers';
COMMENT ON OPERATOR CLASS tenancy.int8_tenant_ops USING tenant_vector IS 'tenants that are bigints';
COMMENT ON OPERATOR FAMILY tenancy.uuid_tenant_ops USING tenant_vector IS 'tenants that are uuids';
COMMENT ON OPERATOR FAMILY tenancy.text_tenant_ops USING tenant_vector IS 'tenants that are texts';
COMMENT ON OPERATOR FAMILY tenancy.integer_tenant_ops USING tenant_vector IS 'tenants that are integers of any size';
COMMENT ON FUNCTION tenancy.check_index(regclass) IS
    'what is wrong with a tenant_vector index, compared with its table; no rows when it is whole. Blocks writes to the table meanwhile';
COMMENT ON FUNCTION tenancy.bind(text, jsonb) IS
    'verify an API key or token and bind its tenant to this transaction; gives the tenant''s id';
COMMENT ON FUNCTION tenancy.unbind() IS 'take the bound tenant back, for the rest of the transaction';
COMMENT ON FUNCTION tenancy.context() IS 'what is bound, as JSON; never the credential';
COMMENT ON FUNCTION tenancy.current_tenant() IS 'id of the bound tenant; raises 42501 when none is bound';
COMMENT ON FUNCTION tenancy.current_tenant_as(anyelement) IS
    'the bound tenant as the type of the argument: uuid id, text slug, integer or bigint number';
COMMENT ON FUNCTION tenancy.current_tenant(text) IS
    'id of the bound tenant; raises 42501 when the credential lacks that capability';
COMMENT ON FUNCTION tenancy.current_tenant_as(anyelement, text) IS
    'the bound tenant as the type of the argument; raises 42501 when the credential lacks that capability';
COMMENT ON FUNCTION tenancy.whole_tenant(text) IS
    'id of the bound tenant; raises 42501 when the credential lacks that capability or has a scope floor';
COMMENT ON FUNCTION tenancy.whole_tenant_as(anyelement, text) IS
    'the bound tenant as the type of the argument; raises 42501 when the credential lacks that capability or has a scope floor';
COMMENT ON FUNCTION tenancy.require_capability(text) IS
    'true, or raises 42501 when the bound credential lacks that capability; for policies and functions of your own';
COMMENT ON FUNCTION tenancy.current_scope() IS 'scope floor of the bound context';
COMMENT ON FUNCTION tenancy.check_scope(jsonb) IS 'true for a scope, else raises 23514 and says why; the check of the domain';
COMMENT ON FUNCTION tenancy.scope_covers(tenancy.scope, tenancy.scope) IS
    'whether every pair of the floor is in the scope';
COMMENT ON FUNCTION tenancy.scope_join(tenancy.scope, tenancy.scope) IS
    'the pairs of both; raises 42501 when they contradict each other';
COMMENT ON FUNCTION tenancy.scope_visible(tenancy.scope) IS 'whether the bound floor covers a row''s scope, so that it is read';
COMMENT ON FUNCTION tenancy.scope_writable(tenancy.scope) IS
    'whether the bound floor covers a row''s scope, so that it is written';
COMMENT ON FUNCTION tenancy.readable_tenants(regclass) IS
    'ids of the tenants whose rows of a protected table are read: the bound one, shared, and those that granted it';
COMMENT ON FUNCTION tenancy.readable_tenants_as(regclass, anyelement) IS
    'the tenants whose rows of a protected table are read, as the type of the argument';
COMMENT ON FUNCTION tenancy.row_visible(regclass, anyelement) IS
    'whether a row of a table without scopes is read, by its tenant';
COMMENT ON FUNCTION tenancy.row_visible(regclass, anyelement, tenancy.scope) IS
    'whether a row of a shared or granted table is read, by its tenant and scope';
COMMENT ON FUNCTION tenancy.current_user_id() IS 'bound user, or NULL';
COMMENT ON FUNCTION tenancy.current_correlation_id() IS 'bound correlation id, or NULL';
COMMENT ON FUNCTION tenancy.has_role(text) IS 'whether the bound user has this role';
COMMENT ON FUNCTION tenancy.has_claim(text) IS 'whether the bound user has this claim';
COMMENT ON FUNCTION tenancy.has_claim(text, text) IS 'whether the bound user has this claim with this value';
COMMENT ON FUNCTION tenancy.has_capability(text) IS 'whether the bound credential has this capability';

COMMENT ON FUNCTION tenancy.recall(anyelement, vector, integer, tenancy.scope, jsonb, text, name, name) IS
    'the rows of a protected table that are nearest to a vector, nearest first, read as who asks';
COMMENT ON FUNCTION tenancy.recall_plan(anyelement, vector, integer, tenancy.scope, jsonb, text, name, name) IS
    'what recall does with the same arguments, and its SQL';

COMMENT ON TABLE tenancy.budget IS 'what tenants may spend in a period; managed by set_budget';
COMMENT ON COLUMN tenancy.budget.amount IS 'the limit, in the smallest unit: cost in thousand-millionths of a US dollar';
COMMENT ON TABLE tenancy.budget_lease IS
    'what was taken out of budgets to be spent from memory, written before it is; counts as spent after a restart';
COMMENT ON VIEW tenancy.budget_status IS 'budgets with what is leased, used and reserved in their present period';
COMMENT ON FUNCTION tenancy.set_budget(text, text, numeric, text, text) IS
    'set what a tenant may spend of a metric in a period; without an amount, take the budget away';
COMMENT ON FUNCTION tenancy.reserve(text, numeric, interval) IS
    'take an amount from the bound tenant''s budgets before a call; gives the id to settle it by';
COMMENT ON FUNCTION tenancy.settle(uuid, numeric) IS 'end a reservation with what the call cost';
COMMENT ON FUNCTION tenancy.current_budgets() IS 'the bound tenant''s budgets, and what is used and reserved of them';
COMMENT ON FUNCTION tenancy.budget_state(uuid, uuid, text, text, bigint) IS
    'what of a budget is leased, used and reserved in its present period; for budget_status';
COMMENT ON FUNCTION tenancy._budget_deleted() IS 'internal: what is leased of a budget goes with it';
COMMENT ON TRIGGER budget_deleted ON tenancy.budget IS 'pg_tenancy: what is leased of a budget goes with it';
COMMENT ON FUNCTION tenancy._tenant_of_budget_deleted() IS 'internal: a tenant''s budgets go with it';
COMMENT ON TRIGGER tenant_of_budget_deleted ON tenancy.tenant IS 'pg_tenancy: a tenant''s budgets go with it';
COMMENT ON TRIGGER credential_changed ON tenancy.budget IS 'pg_tenancy: tells every session of a change';
COMMENT ON COLUMN tenancy.denial.suppressed IS 'how many denials of the same tenant came too fast to be kept before this one';

COMMENT ON FUNCTION tenancy.is_protected() IS
    'always true; ties the base policy of protected tables to the extension, so that none stays open without it';
COMMENT ON SEQUENCE tenancy.tenant_tenant_number_seq IS 'numbers of tenants that were given none';

COMMENT ON FUNCTION tenancy.create_tenant(text, text, uuid, bigint, jsonb) IS 'create a tenant; gives its id';
COMMENT ON FUNCTION tenancy.suspend_tenant(text) IS 'refuse a tenant''s credentials from now on, in open sessions too';
COMMENT ON FUNCTION tenancy.resume_tenant(text) IS 'accept a suspended tenant''s credentials again';
COMMENT ON FUNCTION tenancy.create_key(text, text, text[], tenancy.scope, text, timestamptz) IS
    'issue an API key for a tenant; the secret is shown this once';
COMMENT ON FUNCTION tenancy.rotate_key(uuid, interval) IS
    'issue a successor of a key; the old one keeps working for the overlap';
COMMENT ON FUNCTION tenancy.revoke_key(uuid) IS
    'revoke a key and all that were delegated from it, at once, in open sessions too';
COMMENT ON FUNCTION tenancy.delegate_key(text, text[], tenancy.scope, text, timestamptz) IS
    'issue an API key that is no wider than the bound credential and ends with it; the secret is shown this once';
COMMENT ON FUNCTION tenancy.key_last_used(uuid) IS 'when a key was last bound, as far as this server remembers';
COMMENT ON FUNCTION tenancy.maintain() IS
    'write down when keys were last used, encode vectors anew where tenants'' centres have moved, erase payloads past their retention, seal traces; to be called now and then';
COMMENT ON FUNCTION tenancy.trace(text, text, text, bigint, bigint, numeric, double precision, text, text, text, jsonb, jsonb, text,
                                  bigint, uuid, text, text, uuid[]) IS
    'record what was done, stamped from the bound context; gives the id of the trace';
COMMENT ON FUNCTION tenancy.seal() IS
    'add the traces of ended transactions to each tenant''s Merkle tree and sign it; gives the tenants that grew';
COMMENT ON FUNCTION tenancy.verify_trace(text) IS
    'compare a tenant''s traces with the log and its signed checkpoints; no row when all is as it was written';
COMMENT ON FUNCTION tenancy.inclusion_proof(uuid) IS
    'a C2SP tlog-proof that a trace is in the tree of the newest checkpoint';
COMMENT ON FUNCTION tenancy.consistency_proof(text, bigint, bigint) IS
    'proof that a tenant''s log of one checkpoint begins with that of an earlier one, as a C2SP tlog-witness is asked';
COMMENT ON FUNCTION tenancy.trace_verifiers(text) IS 'public keys of a tenant''s checkpoints';
COMMENT ON FUNCTION tenancy.export_trace(text) IS
    'a tenant''s traces as JSON lines, for tenancy-verify or any other reader';
COMMENT ON FUNCTION tenancy.redact_trace(uuid) IS 'erase the payload of a trace; the log still verifies';
COMMENT ON FUNCTION tenancy.redact_trace(text, timestamptz, text[], boolean) IS
    'erase, or with dry_run count, the payloads of a tenant''s traces recorded before a time; the log still verifies';
COMMENT ON FUNCTION tenancy.set_retention(text, interval, text) IS
    'how long maintain() keeps the payloads of a tenant''s traces, of a kind or of all others; NULL for ever';
COMMENT ON FUNCTION tenancy.prove(regclass[], integer, bigint, interval) IS
    'prove the isolation of tenants: checks, statements tried as an application, answers compared; keeps the evidence';
COMMENT ON FUNCTION tenancy.evidence(uuid, text) IS 'the evidence of a proof as json, html, oscal or tap';
COMMENT ON FUNCTION tenancy.grant_read(text, text, regclass, tenancy.scope, timestamptz) IS
    'let a tenant read another''s rows of a protected table; gives the grant''s id';
COMMENT ON FUNCTION tenancy.revoke_read(uuid) IS 'take a read grant back at once, in open sessions too';
COMMENT ON FUNCTION tenancy.protect(regclass, name, name, boolean) IS
    'make a table tenant-aware, or refuse with every way it would leak and the SQL that mends it';
COMMENT ON FUNCTION tenancy.unprotect(regclass) IS 'take protection off a table';
COMMENT ON FUNCTION tenancy.manage_schema(regnamespace, name) IS
    'protect every later table of a schema as it is created, or refuse it';
COMMENT ON FUNCTION tenancy.regress_suite(regnamespace) IS
    'a suite for pg_regress that attacks the protected tables of a schema as the application: the script and what it prints';
COMMENT ON FUNCTION tenancy.unmanage_schema(regnamespace) IS 'let a schema have unprotected tables again';

COMMENT ON FUNCTION tenancy._tenant_deleted() IS 'internal: a tenant''s keys go with it, and its grants end';
COMMENT ON TRIGGER tenant_deleted ON tenancy.tenant IS 'pg_tenancy: a tenant''s keys go with it, and its grants end';
COMMENT ON FUNCTION tenancy._credential_changed() IS 'internal: makes every session look at its credential anew';
COMMENT ON FUNCTION tenancy._append_only() IS 'internal: refuses to change what is kept as it was written';
COMMENT ON FUNCTION tenancy._guard_start() IS 'internal: event trigger of the guard';
COMMENT ON FUNCTION tenancy._guard_ddl() IS 'internal: event trigger of the guard';
COMMENT ON FUNCTION tenancy._guard_drop() IS 'internal: event trigger of the guard';
COMMENT ON EVENT TRIGGER tenancy_guard_start IS 'pg_tenancy: refuses leaking indexes before they are built concurrently';
COMMENT ON EVENT TRIGGER tenancy_guard_ddl IS 'pg_tenancy: refuses commands that weaken protected tables';
COMMENT ON EVENT TRIGGER tenancy_guard_drop IS 'pg_tenancy: refuses the loss of protected tables'' policies';
COMMENT ON TRIGGER credential_changed ON tenancy.tenant IS 'pg_tenancy: tells every session of a change';
COMMENT ON TRIGGER credential_changed ON tenancy.api_key IS 'pg_tenancy: tells every session of a change';
COMMENT ON TRIGGER credential_changed ON tenancy.read_grant IS 'pg_tenancy: tells every session of a change';
COMMENT ON TRIGGER credential_changed ON tenancy.protected_table IS 'pg_tenancy: tells every session of a change';
-- Who may do what: the three roles what is granted here, nobody else anything, whatever default privileges of the installing
-- role (ALTER DEFAULT PRIVILEGES) have given to PUBLIC or others. An upgrade script that makes objects does the same.

DO $$
DECLARE
    others text;
BEGIN
    SELECT string_agg(DISTINCT CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END, ', ')
    INTO others
    FROM (SELECT coalesce(relacl, acldefault('r', relowner)), relowner FROM pg_class WHERE relnamespace = 'tenancy'::regnamespace
          UNION ALL
          SELECT coalesce(proacl, acldefault('f', proowner)), proowner FROM pg_proc WHERE pronamespace = 'tenancy'::regnamespace
          UNION ALL
          SELECT coalesce(typacl, acldefault('T', typowner)), typowner FROM pg_type WHERE typnamespace = 'tenancy'::regnamespace
          UNION ALL
          SELECT nspacl, nspowner FROM pg_namespace WHERE nspname = 'tenancy') o (acl, owner)
    CROSS JOIN aclexplode(o.acl) x
    WHERE x.grantee <> o.owner;
    EXECUTE format('REVOKE ALL ON SCHEMA tenancy FROM %s', others);
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA tenancy FROM %s', others);
    EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA tenancy FROM %s', others);
    EXECUTE format('REVOKE ALL ON ALL ROUTINES IN SCHEMA tenancy FROM %s', others);
    EXECUTE format('REVOKE ALL ON DOMAIN tenancy.scope FROM %s', others);
END
$$;

GRANT USAGE ON SCHEMA tenancy TO tenancy_admin, tenancy_auditor, tenancy_app;

GRANT EXECUTE ON FUNCTION
    tenancy.bind(text, jsonb), tenancy.unbind(), tenancy.context(), tenancy.current_tenant(),
    tenancy.current_tenant_as(anyelement), tenancy.current_scope(), tenancy.current_user_id(),
    tenancy.current_correlation_id(), tenancy.has_role(text), tenancy.has_claim(text), tenancy.has_claim(text, text),
    tenancy.has_capability(text), tenancy.is_protected(), tenancy.current_tenant(text),
    tenancy.current_tenant_as(anyelement, text), tenancy.whole_tenant(text), tenancy.whole_tenant_as(anyelement, text),
    tenancy.require_capability(text), tenancy.scope_visible(tenancy.scope), tenancy.scope_writable(tenancy.scope),
    tenancy.readable_tenants(regclass), tenancy.readable_tenants_as(regclass, anyelement),
    tenancy.row_visible(regclass, anyelement), tenancy.row_visible(regclass, anyelement, tenancy.scope),
    tenancy.delegate_key(text, text[], tenancy.scope, text, timestamptz),
    tenancy.recall(anyelement, vector, integer, tenancy.scope, jsonb, text, name, name),
    tenancy.recall_plan(anyelement, vector, integer, tenancy.scope, jsonb, text, name, name),
    tenancy.trace(text, text, text, bigint, bigint, numeric, double precision, text, text, text, jsonb, jsonb, text,
                  bigint, uuid, text, text, uuid[]),
    tenancy.redact_trace(uuid), tenancy.redact_trace(text, timestamptz, text[], boolean),
    tenancy.reserve(text, numeric, interval), tenancy.settle(uuid, numeric), tenancy.current_budgets()
TO tenancy_app, tenancy_admin;

GRANT EXECUTE ON FUNCTION
    tenancy.verify_trace(text), tenancy.inclusion_proof(uuid), tenancy.consistency_proof(text, bigint, bigint),
    tenancy.trace_verifiers(text), tenancy.export_trace(text)
TO tenancy_app, tenancy_admin, tenancy_auditor;

GRANT USAGE ON DOMAIN tenancy.scope TO tenancy_app, tenancy_admin, tenancy_auditor;
GRANT EXECUTE ON FUNCTION
    tenancy.check_scope(jsonb), tenancy.scope_covers(tenancy.scope, tenancy.scope),
    tenancy.scope_join(tenancy.scope, tenancy.scope)
TO tenancy_app, tenancy_admin, tenancy_auditor;
GRANT EXECUTE ON FUNCTION tenancy.key_last_used(uuid), tenancy.check_index(regclass),
    tenancy.regress_suite(regnamespace)
TO tenancy_admin, tenancy_auditor;

GRANT EXECUTE ON FUNCTION
    tenancy.create_tenant(text, text, uuid, bigint, jsonb), tenancy.suspend_tenant(text), tenancy.resume_tenant(text),
    tenancy.create_key(text, text, text[], tenancy.scope, text, timestamptz), tenancy.rotate_key(uuid, interval),
    tenancy.revoke_key(uuid), tenancy.maintain(), tenancy.protect(regclass, name, name, boolean),
    tenancy.unprotect(regclass), tenancy.grant_read(text, text, regclass, tenancy.scope, timestamptz),
    tenancy.revoke_read(uuid), tenancy.seal(), tenancy.set_retention(text, interval, text),
    tenancy.manage_schema(regnamespace, name), tenancy.unmanage_schema(regnamespace),
    tenancy.set_budget(text, text, numeric, text, text)
TO tenancy_admin;

GRANT SELECT, INSERT, UPDATE ON tenancy.tenant, tenancy.api_key TO tenancy_admin;
GRANT USAGE ON SEQUENCE tenancy.tenant_tenant_number_seq TO tenancy_admin;
GRANT SELECT, INSERT, DELETE, UPDATE (granted) ON tenancy.protected_table TO tenancy_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON tenancy.key_use TO tenancy_admin;
GRANT SELECT, INSERT, UPDATE (relation, revoked_at, revoked_by) ON tenancy.read_grant TO tenancy_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON tenancy.managed_schema TO tenancy_admin;
GRANT SELECT ON tenancy.tenant_list, tenancy.key_list, tenancy.protected_relation, tenancy.expected_policy,
                tenancy.protected_reader, tenancy.read_grant_list, tenancy.application_role,
                tenancy.application_privilege, tenancy.application_routine, tenancy.starting_setting,
                tenancy.configured_setting
    TO tenancy_admin, tenancy_auditor;

GRANT EXECUTE ON FUNCTION tenancy.prove(regclass[], integer, bigint, interval), tenancy.evidence(uuid, text)
TO tenancy_admin, tenancy_auditor;
GRANT SELECT ON tenancy.evidence_run, tenancy.evidence_finding TO tenancy_admin, tenancy_auditor;

GRANT SELECT ON tenancy.decision_trace, tenancy.usage, tenancy.denial TO tenancy_app, tenancy_auditor;
GRANT SELECT ON tenancy.decision_trace, tenancy.denial TO tenancy_admin;
GRANT SELECT ON tenancy.trace_log, tenancy.trace_checkpoint, tenancy.trace_horizon, tenancy.trace_key,
                tenancy.trace_retention TO tenancy_auditor;
GRANT SELECT ON tenancy.trace_checkpoint, tenancy.trace_key TO tenancy_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON tenancy.trace_retention TO tenancy_admin;

-- The views run as who asks; an auditor sees what they need, but no digest of a secret.
GRANT SELECT ON tenancy.tenant, tenancy.protected_table, tenancy.managed_schema, tenancy.key_use, tenancy.read_grant
    TO tenancy_auditor;
GRANT SELECT (key_id, tenant_id, capabilities, scope_floor, principal, expires_at, revoked_at, name, parent_key_id,
              delegated_by, rotated_from, created_at) ON tenancy.api_key TO tenancy_auditor;

GRANT SELECT, INSERT, DELETE, UPDATE (mode, amount, set_at, set_by) ON tenancy.budget TO tenancy_admin;
GRANT SELECT ON tenancy.budget TO tenancy_auditor;
GRANT DELETE ON tenancy.budget_lease TO tenancy_admin;
GRANT SELECT ON tenancy.budget_lease, tenancy.budget_status TO tenancy_admin, tenancy_auditor;
GRANT EXECUTE ON FUNCTION tenancy.budget_state(uuid, uuid, text, text, bigint) TO tenancy_admin, tenancy_auditor;
