"""The defences, and what takes each of them out: one change of the sources."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]


# The suites that ask for what a source does: these are run first, and the others where these notice nothing.
OWN = {
    "sql/budget": ["budget_*"],
    "sql/finish": ["*management_by_wrong_role", "privileges", "install_*", "trace_attack_*"],
    "sql/revoke_key": ["delegate_*", "key_*"],
    "sql/trace": ["denial_*", "trace_*"],
    "src/budget": ["budget_*"],
    "src/confine": ["context_left_over_*", "side_channel_*", "table_*"],
    "src/denial": ["denial_*"],
    "src/error": ["denial_*"],
    "src/grant": ["grant_*"],
    "src/guard": ["guard_*", "manage_schema", "protect_*", "table_*"],
    "src/index/": ["index_*"],
    "src/key": ["delegate_*", "key_*"],
    "src/managed_schema": ["manage_schema"],
    "src/policy": ["grant_*", "protect_*"],
    "src/recall": ["recall_*"],
    "src/role": ["identity_*", "table_set_role"],
    "src/sharing": ["grant_*", "scope_*", "shared_rows"],
    "src/tenant": ["grant_*", "key_*", "shared_rows", "tenant_*"],
    "src/trace/": ["trace_*"],
    "src/prove": ["prove_*", "evidence_*"],
    "src/attempt.rs": ["prove_*", "evidence_*"],
    "sql/evidence.sql": ["evidence_*"],
    "sql/lists.sql": ["privileges"],
}


def own(file):
    """Patterns of the names of those suites."""
    return next((suites for start, suites in OWN.items() if file.startswith(start)), [])


def that_say(words):
    """The suites whose expected output has these words in it."""
    return [path.stem for path in sorted((ROOT / "tests" / "pg_regress" / "expected").glob("*.out")) if words in path.read_text()]


def mutant(defence, file, find, replace, runners=None, suites=None):
    """What an application cannot reach by SQL, such as another backend's seal, the tests of `core` judge."""
    if runners is None:
        runners = ["core", "pg_regress"] if file.startswith("core/") else ["pg_regress"]
    return {"defence": defence, "file": file, "find": find, "replace": replace, "runners": runners,
            "suites": suites or own(file)}


def without(defence, file, find):
    return mutant(defence, file, find, "")


def checks():
    """Each check of the catalogue, finding nothing. They are taken out all at once: a mistake of tests/evidence must be found by
    its own check, whatever the others find."""
    mistakes = {path.stem: re.search(r"^-- check: (.*)$", path.read_text(), re.M)[1].split(", ")
                for path in sorted((ROOT / "tests" / "evidence" / "misconfigurations").glob("*.sql"))}
    for path in sorted((ROOT / "sql" / "checks").glob("*.sql")):
        text = path.read_text()
        yield mutant(f"check {path.stem}", f"sql/checks/{path.name}", text, empty(text), ["evidence misconfigurations"]) | {
            "tests": [f"evidence: {name} is found and mended" for name, found in mistakes.items() if path.stem in found]}


def empty(check):
    header = "".join(line + "\n" for line in check.splitlines() if line.startswith("-- "))
    return header + (
        "SELECT NULL::regclass AS root, NULL::oid AS relation, NULL::oid AS object_id, NULL::text AS object,\n"
        "       NULL::text AS message, NULL::text AS remediation WHERE $1 IS NULL AND false\n"
    )


def policies():
    """Each restrictive policy, letting everything through."""
    text = (ROOT / "sql" / "tables.sql").read_text()
    for command in ("select", "insert", "update", "delete"):
        for name in (f"tenancy_{command}", f"tenancy_{command}_scope"):
            line = re.search(rf"^ *\('{name}'.*$", text, re.M).group(0)
            yield mutant(f"policy {name}", "sql/tables.sql", line, re.sub(r"t\.(reads|writes)(_scope)?,", "'true',", line),
                         suites=["capability_missing", "grant_read", "scope_column_kept", "scope_plan_tenant_index", "scope_write_rules"])


def confinements():
    """Each thing that a tenant's session may not do, allowed."""
    yield mutant("confinement as a whole", "src/confine.rs", "    role::application_session() || session::is_bound() || session::pretending()\n",
                 "    false && (role::application_session() || session::is_bound() || session::pretending())\n", suites=that_say("not allowed in a tenant"))
    find = "    if confined() {\n        Err(what.error())"
    for name, what in {"Definition": "a definition", "Explain": "EXPLAIN", "PlanOutput": "debug_print_plan",
                       "HoldableCursor": "a cursor WITH HOLD", "Listen": "LISTEN", "Prepare": "PREPARE",
                       "PrepareTransaction": "PREPARE TRANSACTION", "Temporary": "a temporary object"}.items():
        yield mutant(f"confinement {name}", "src/confine.rs", find,
                     find.replace("confined()", f"confined() && what != Confinement::{name}"),
                     suites=that_say(f"{what} is not allowed") or that_say(f"{what} or"))
    find = "    verdict.map_or(Ok(()), |what| Err(what.error()))"
    for name, what in {"SessionLock": "a session-level advisory lock is", "LargeObject": "a large object is",
                       "Statistics": "a server statistics function is", "OtherSessions": "a function on other sessions is",
                       "ExemptFunction(_, _)": "which row security does not bind"}.items():
        yield mutant(f"confinement {name}", "src/confine.rs", find,
                     find.replace("verdict.", f"verdict.filter(|what| !matches!(what, Confinement::{name}))."), suites=that_say(what))


MUTANTS = [
    # Identity
    mutant("exempt roles are refused", "src/role.rs", "        Some(Escape { role, why }) => Err(",
           "        Some(Escape { role, why }) if role.is_empty() => Err(Error::Exempt { role, why }),\n"
           "        Some(_) => Ok(()),\n        #[allow(unreachable_patterns)]\n        Some(Escape { role, why }) => Err("),
    mutant("exempt roles within reach are refused", "src/role.rs", "            if !reaches(role, form.oid) {",
           "            if role != form.oid {"),
    mutant("the authenticated role counts", "src/role.rs", "(*pg_sys::MyProc).roleId,", "pg_sys::GetSessionUserId(),"),
    mutant("the current role counts in bind", "src/bind.rs", "    role::refuse_exempt_current()?;\n", ""),
    mutant("an application that can become an administrator is refused", "src/role.rs", "} else if form.oid == admin {",
           "} else if form.oid == admin && role == admin {"),
    mutant("an application that can become an auditor is refused", "src/role.rs", "} else if form.oid == auditor {",
           "} else if form.oid == auditor && role == auditor {"),
    # Context
    mutant("a context ends with its transaction", "src/session.rs", "        made.lxid == lxid\n", "        made.lxid <= lxid\n"),
    mutant("the hot path compares the transaction", "src/session.rs",
           "        && PRESENT.lxid.get() == transaction::lxid()\n", ""),
    mutant("a seal is of its transaction", "core/src/context.rs", " || self.lxid == made.lxid", " || self.lxid >= made.lxid"),
    mutant("a seal is of its backend", "core/src/context.rs", "            && self.pid == made.pid\n", ""),
    mutant("a seal is of its database", "core/src/context.rs", "            && self.database == made.database", ""),
    mutant("a seal is authentic", "core/src/seal.rs", "NotAuthentic)", "NotAuthentic).or(Ok(()))"),
    mutant("one tenant a transaction", "src/session.rs", "            if first.id != tenant.id {",
           "            if first.id != tenant.id && lxid == 0 {"),
    mutant("a floor only narrows in a transaction", "src/session.rs", "            if !same && ", "            if !same && lxid == 0 && "),
    mutant("capabilities only narrow in a transaction", "src/session.rs",
           "                return Err(Error::Widened(Wider::Capability(name)));", "                let _ = Wider::Capability(name);"),
    mutant("no query goes on after its context was narrowed", "src/hook.rs",
           "        refuse(portal::require_begun_since(query as usize));", "        let _ = portal::require_begun_since;"),
    mutant("a call site remembers for one context", "src/frame.rs",
           ".filter(|given| given.epoch == epoch)", ".filter(|given| given.epoch <= epoch)"),
    mutant("a call site remembers for one capability", "src/accessor.rs",
           "lasting = frame::is_constant(fcinfo, n);", "lasting = frame::is_constant(fcinfo, n) || true;"),
    mutant("a token is replaced by a seal", "src/session.rs", "        (context, Some(seal))", "        let _ = seal;\n        (context, None)"),
    mutant("only the session itself sets a context", "src/guc.rs", "if source != pg_sys::GucSource::PGC_S_SESSION {",
           "if source == pg_sys::GucSource::PGC_S_TEST && source != source {"),
    mutant("the setting is shown redacted", "src/guc.rs", 'c"(redacted)".as_ptr()',
           "SESSION.get().map_or(c\"\".as_ptr(), |value| value.into_raw().cast_const())"),
    mutant("credentials stay out of the log", "src/hook.rs", "    redact(&text).and_then(", "    redact(&text).filter(|_| false).and_then("),
    mutant("a temporary schema is refused", "src/session.rs", "    if !transaction::in_worker() && transaction::has_temporary_schema() {",
           "    if transaction::in_worker() && transaction::has_temporary_schema() {"),
    mutant("sequence numbers are forgotten", "src/transaction.rs", "if over && FORGETS.replace(false)", "if over && FORGETS.replace(false) && event == 99"),
    mutant("unbound raises", "src/session.rs", "guc::Unbound::Error => Err(Error::Unbound),", "guc::Unbound::Error => Ok(None),"),
    # Credentials
    mutant("a key's secret is compared", "src/credential.rs", "Some(key) if given.matches(&key.digest) => key,", "Some(key) => key,"),
    mutant("a revoked key is refused", "src/credential.rs", "        if key.revoked {", "        if key.revoked && !keys.is_empty() {"),
    mutant("a revoked parent ends its keys", "src/credential.rs", "        if key.revoked {", "        if key.revoked && keys.is_empty() {"),
    mutant("an expired parent ends its keys", "src/credential.rs", "expires_at = expires_at.min(key.rights.expires_at.unwrap_or(i64::MAX));",
           "if keys.is_empty() { expires_at = key.rights.expires_at.unwrap_or(i64::MAX); }"),
    mutant("a line is of one tenant", "src/credential.rs", "        if stranger || keys", "        let _ = stranger;\n        if keys"),
    mutant("a key has no more rights than its parents", "src/credential.rs", "        for key in &self.keys {", "        for key in self.keys.iter().take(1) {"),
    mutant("delegation is a capability", "src/key.rs", '    accessor::require(present, "key:delegate")?;\n', "    let _ = accessor::require;\n"),
    mutant("a delegated key is no wider", "src/key.rs", "    if let Some(wider) = own.wider(&asked) {",
           "    if let Some(wider) = own.wider(&asked).filter(|_| false) {"),
    mutant("nobody delegates on behalf of another", "src/key.rs",
           "    if !context.on_behalf_of.is_empty() || context.on_behalf_of_key.is_some() {",
           "    if !context.on_behalf_of.is_empty() && context.principal.is_empty() {"),
    mutant("who acts for another has its capabilities at most", "src/bind.rs", "        capabilities: rights.capabilities,\n",
           "        capabilities: run.capabilities,\n"),
    mutant("who acts for another has its floor at least", "src/bind.rs", "        floor: rights.floor,\n", "        floor: run.floor.clone(),\n"),
    mutant("nobody acts for another tenant's", "src/bind.rs", "    if tenant_of(&run)? != tenant_of(&other)? {",
           "    if tenant_of(&run)? != tenant_of(&other)? && run.tenant_ref.is_empty() {"),
    mutant("who acts for another ends with it", "src/session.rs", "    if let Some(key_id) = view.on_behalf_of_key() {",
           "    if let Some(key_id) = view.on_behalf_of_key().filter(|_| false) {"),
    mutant("a requested scope narrows", "src/bind.rs", "    run.floor = run.floor.join(&addition.scope).map_err(Error::Scopes)?;",
           "    run.floor.join(&addition.scope).map_err(Error::Scopes)?;"),
    mutant("only administrators bind the tenant shared", "src/session.rs", "    if tenant.id.is_nil() && !role::administrator_session() {",
           "    if tenant.id.is_nil() && !role::administrator_session() && now < 0 {"),
    mutant("tokens do not name the tenant shared", "src/credential.rs", ".filter(|tenant| !tenant.id.is_nil())", ""),
    mutant("an expired credential is refused", "src/session.rs", "    if now >= expires_at {", "    if now >= expires_at && now < 0 {"),
    mutant("a suspended tenant is refused", "src/session.rs", "    if !tenant.active {", "    if !tenant.active && tenant.slug.is_empty() {"),
    mutant("revocation reaches open sessions", "src/session.rs", "        && PRESENT.generation.get() == catalog::generation())", ")"),
    # Both ways in which other sessions hear of it.
    mutant("revocation is announced", "src/tenant.rs", """        pg_sys::CacheInvalidateRelcacheByRelid(relation);
    }
    // This backend must see its own uncommitted change; the others when it is visible to them, and not before.
    shared::bump_generation();
    if !ANNOUNCED.replace(true) {
        register_xact_callback(PgXactCallbackEvent::Commit, || {
            ANNOUNCED.set(false);
            shared::bump_generation();""", """        let _ = relation;
    }
    if !ANNOUNCED.replace(true) {
        register_xact_callback(PgXactCallbackEvent::Commit, || {
            ANNOUNCED.set(false);"""),
    mutant("an open cursor ends with its credential", "src/hook.rs", "    refuse(session::require_valid());", "    let _ = session::require_valid;"),
    mutant("rows that may roll back are not remembered", "src/catalog/rows.rs", "(value, !made_here)", "(value, made_here || true)"),
    mutant("slugs cannot name two tenants", "sql/tables.sql", " OR slug = tenant_id::text)", " OR true)"),
    # Scopes and grants
    mutant("a missing capability is an error", "src/accessor.rs", "    if present.capabilities.get().contains(wanted) {",
           "    if present.capabilities.get().contains(wanted) || !name.is_empty() {"),
    mutant("a floor reaches no table without scopes", "src/accessor.rs", "        if wanted.whole && !present.whole.get() {",
           "        if wanted.whole && !present.whole.get() && wanted.truth {"),
    mutant("nor one that is only granted", "src/sharing.rs", "!reach.table.scoped && !reach.table.shared && !present.whole.get()",
           "!reach.table.scoped && reach.table.shared && !present.whole.get()"),
    mutant("the domain checks scopes", "src/scope.rs", "            Err(error) => frame::raise(fcinfo, Error::NotAScope(error)),",
           "            Err(_) => pg_sys::Datum::from(true),"),
    mutant("a grant is of one table", "src/sharing.rs", ".filter(|g| g.table == table)", ".filter(|g| g.table == table || flags.granted)"),
    mutant("a grant expires", "src/sharing.rs", "    grants.retain(|grant| grant.expires_at.is_none_or(|at| now < at));\n", "    let _ = (now, &mut grants);\n"),
    mutant("a grant expires in open transactions", "src/sharing.rs",
           "        memory.until = memory.until.min(until.unwrap_or(i64::MAX));\n", "        let _ = until;\n"),
    mutant("a suspended tenant grants nothing", "src/sharing.rs", "?.filter(|tenant| tenant.active))", "?)"),
    mutant("grants end with their table", "src/guard.rs", "        client.update(grant::END_GONE, None, &[])?;\n", ""),
    mutant("grants end with protection", "src/policy.rs", "    grant::end(table.oid)?;\n    Ok(query::run_each(&statements)?)", "    Ok(query::run_each(&statements)?)"),
    mutant("grants end with their tenants", "sql/tables.sql", "WHERE OLD.tenant_id IN (g.owner_id, g.grantee_id)", "WHERE false AND OLD.tenant_id IN (g.owner_id, g.grantee_id)"),
    mutant("sessions hear of new grants", "src/tenant.rs", "AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON tenancy.read_grant",
           "AFTER UPDATE OR DELETE OR TRUNCATE ON tenancy.read_grant"),
    # Recall
    mutant("tenants have keys of their own", "core/src/tenant_key.rs", "    context.update(value);\n", "    let _ = value;\n"),
    mutant("a scan reads its tenant's entries only", "src/index/page.rs",
           ".filter(move |entry| tag(entry) == number)", ".filter(move |entry| tag(entry) < usize::MAX || number == 0)"),
    mutant("a bound is below the estimate", "src/index/scan.rs", "bound: guc::recall_bound(),", "bound: guc::recall_bound() - 100.0,"),
    mutant("rows come by their exact distance", "src/index/scan.rs", "            Some(by) => heap.distance(row, by),",
           "            Some(by) => heap.distance(row, by).map(|found| found.map(|_| Distance::number(0.0))),"),
    mutant("a snapshot's rows only are ordered", "core/src/recall/nearest.rs", "                .extend(distance.map(|distance| Reverse((distance, row))));",
           "                .extend(distance.or(Some(Distance::number(f64::MIN))).map(|distance| Reverse((distance, row))));"),
    mutant("what was left out is read again", "core/src/recall/nearest.rs", "                    Some(_) => Next::More,", "                    Some(_) => Next::End,"),
    mutant("no row is given twice", "core/src/recall/nearest.rs", "                || self.earlier.binary_search(&row).is_ok()", ""),
    mutant("rows without a vector are kept", "src/index/insert.rs", "            insert(&index, &key, row(&*address), point.as_ref())",
           "            match &point { Some(point) => insert(&index, &key, row(&*address), Some(point)), None => Ok(()) }"),
    mutant("a bucket page leads on to what split off", "src/index/page.rs", "        (differs < self.depth()).then(|| self.link(differs))",
           "        (differs < self.depth()).then(|| self.link(differs)).filter(|_| false)"),
    mutant("entries move with their centre", "src/index/insert.rs", "        .filter(|head| head.page().centre() == tenant.centre)\n", ""),
    mutant("vacuum takes entries out", "src/index/vacuum.rs", "        if gone.is_empty() {\n", "        if gone.len() < usize::MAX {\n"),
    mutant("vacuum joins pages of which little is left", "src/index/vacuum.rs", "            if left == 0 || fits {", "            if left == 0 {"),
    mutant("vacuum gives shared pages back", "src/index/bucket.rs", "    let wanted = bucket.shared_pages(index.entries).min(shared.len());",
           "    let wanted = shared.len();"),
    mutant("a scan reads shared pages", "src/index/scan.rs", "        for shared in bucket::shared(index, &page, Lock::Share)? {",
           "        for shared in bucket::shared(index, &page, Lock::Share)?.drain(..0) {"),
    mutant("entries on shared pages are relative to no centre", "src/index/insert.rs", "        shared_with(index, &page, at)?\n",
           "        shared_with(index, &page, at)?.filter(|_| false)\n"),
    mutant("entries relative to a centre stay on the bucket page", "src/index/bucket.rs", "            if tenant.centre != NONE {\n                continue;",
           "            if tenant.centre == NONE && tenant.centre != NONE {\n                continue;"),
    mutant("shared pages go with the half that needs them", "src/index/bucket.rs", "            page.init_shared(right_block, next(at + 1, blocks.len()));",
           "            page.init_shared(left_block, next(at + 1, blocks.len()));"),
    mutant("a shared page is of one bucket", "src/index/bucket.rs", "        if locked.page().owner() != page.block {", "        if locked.page().owner() == NONE {"),
    mutant("a tenant's nearest rows come from the index", "src/index/cost.rs", "        *correlation = 1.0;", "        *correlation = 0.0;"),
    mutant("a query without LIMIT sorts", "src/index/cost.rs", "let together = if asks_all(root) { 0.0 } else { TOGETHER };",
           "let together = if asks_all(root) { TOGETHER } else { TOGETHER };"),
    mutant("who is bound sees no other's costs", "src/index/cost.rs", "    if is_secured(table) && ", "    if table == pg_sys::InvalidOid && is_secured(table) && "),
    mutant("a walk follows the directory's links", "src/index/directory.rs", "        self.blocks.extend(links);\n", "        drop(links);\n"),
    mutant("the tenant of each row is tested once more", "src/index/scan.rs", "        scan.xs_recheck = true;", "        scan.xs_recheck = false;"),
    mutant("each scan begins anew", "src/index/scan.rs", "        (*(*scan).opaque.cast::<Scan>()).nearest = None;\n", ""),
    mutant("a page says whose it is", "src/index/directory.rs", "    if page.page().key() == *key {", "    if page.page().key() == *key || block != 0 {"),
    mutant("an index's functions run as the table's owner", "src/index/verify.rs",
           "        role::as_owner(owner, || problems(table, relation))", "        let _ = || role::as_owner(owner, || problems(table, relation));\n        problems(table, relation)"),
    mutant("who checks an index owns the table or audits", "src/index/verify.rs",
           "        if !pg_sys::has_privs_of_role(user, owner) && ", "        if user == pg_sys::InvalidOid && "),
    mutant("centres that moved are used", "src/index/recode.rs", "        if square(new, &judged) >= WORTH * square(old, &judged) {",
           "        if square(new, &judged) >= 0.0 * square(old, &judged) {"),
    mutant("codes are relative to their page's centre", "src/index/recode.rs", "            changed.set_centre(centre);\n", ""),
    # Tables
    mutant("row security is forced", "sql/apply.sql", "ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY'", "ENABLE ROW LEVEL SECURITY'"),
    mutant("rows without tenant are refused", "src/policy.rs", "    if query::value(&sql, &[])? != Some(true) {",
           "    if query::value(&sql, &[])? != Some(true) || !column.is_empty() {"),
    mutant("foreign keys are checked against all rows", "src/hook.rs", "            refuse(foreign_key::lift(&checked));",
           "            let _ = (foreign_key::lift, checked);"),
    mutant("row security is forced again", "src/hook.rs", "    refuse(foreign_key::force_again(depth));",
           "    let _ = (foreign_key::force_again, depth);"),
    mutant("user code runs as its table's owner", "src/role.rs", "            role,\n            security |", "            user,\n            security |"),
    # Guard
    mutant("commands are judged", "src/guard.rs", "fn judge(findings: &[check::Finding]) -> Result<()> {\n    if findings.is_empty() {",
           "fn judge(findings: &[check::Finding]) -> Result<()> {\n    if findings.len() < usize::MAX {"),
    mutant("lost policies are judged", "src/guard.rs", "    if lost.is_empty() || off() {", "    if lost.is_empty() || off() || guc::guard() != guc::Guard::Off {"),
    mutant("concurrent indexes are judged", "src/guard.rs", "pub fn before_concurrent_index(index: &ConcurrentIndex) -> Result<()> {\n    if off() {",
           "pub fn before_concurrent_index(index: &ConcurrentIndex) -> Result<()> {\n    if off() || index.unique {"),
    mutant("adopted tables are protected", "src/guard.rs", "    if seen.adopts {", "    if seen.adopts && seen.weakens {"),
    mutant("released tables stay protected", "src/guard.rs", "    if seen.releases {", "    if seen.releases && seen.weakens {"),
    mutant("managed schemas protect", "src/guard.rs", "    for (table, columns) in new {", "    for (table, columns) in new.into_iter().take(0) {"),
    mutant("the guard runs as replica too", "sql/guard.sql", "ALTER EVENT TRIGGER tenancy_guard_ddl ENABLE ALWAYS;", ""),
    # Traces: who wrote
    mutant("a trace has the floor that held", "src/trace/entry.rs", "            scope: view.floor_json().to_owned(),", '            scope: "{}".into(),'),
    mutant("a trace has the user of the context", "src/trace/entry.rs", "            user_id: some(view.user_id()),", "            user_id: some(view.principal()),"),
    mutant("a trace has the key of the context", "src/trace/entry.rs", "            key_id: view.key_id(),", "            key_id: None,"),
    mutant("a trace says for whom", "src/trace/entry.rs", "            on_behalf_of: some(view.on_behalf_of()),", "            on_behalf_of: None,"),
    mutant("a trace has the request of the context", "src/trace/entry.rs", "            correlation_id: some(view.correlation_id()),", "            correlation_id: None,"),
    mutant("only the extension records erasures", "src/trace/entry.rs", "        if !KINDS.contains(&self.kind) {", '        if !KINDS.contains(&self.kind) && self.kind != "redaction" {'),
    mutant("payloads are salted", "src/trace/write.rs", "    let salt: [u8; 16] = random::bytes().map_err(|_| Error::NoRandom)?;",
           "    let _: [u8; 16] = random::bytes().map_err(|_| Error::NoRandom)?;\n    let salt = [0_u8; 16];"),
    # Traces: who reads
    without("row security of traces", "sql/trace.sql", "ALTER TABLE tenancy.decision_trace ENABLE ROW LEVEL SECURITY;"),
    mutant("traces are the tenant's", "sql/trace.sql", "USING (tenant_id = tenancy.current_tenant('trace:read') AND", "USING (tenancy.current_tenant('trace:read') IS NOT NULL AND"),
    mutant("traces are read with trace:read", "sql/trace.sql", "USING (tenant_id = tenancy.current_tenant('trace:read') AND", "USING (tenant_id = tenancy.current_tenant() AND"),
    mutant("traces are read in the floor", "sql/trace.sql", " AND tenancy.scope_visible(scope))", ")"),
    mutant("usage is that of who asks", "sql/trace.sql", "CREATE VIEW tenancy.usage WITH (security_invoker = true) AS", "CREATE VIEW tenancy.usage AS"),
    mutant("the whole of a tenant is no floor's", "src/trace/access.rs", "is_none_or(|present| !present.whole.get()) {", "is_none() {"),
    mutant("traces of any tenant are for administrators", "src/trace/access.rs", "    if !wish.roles().iter().any(|name| role::has_role(name)) {", "    if !wish.roles().iter().any(|name| role::has_role(name) || !name.is_empty()) {"),
    mutant("erasing and reading take their capability", "src/trace/access.rs", "        accessor::require(present, wish.capability())?;", "        let _ = accessor::require(present, wish.capability());"),
    mutant("a proof is of one's own trace", "src/trace/proof.rs", "own.is_none_or(|own| own == *tenant)", "own.is_none_or(|own| own == *tenant || !tenant.is_nil())"),
    mutant("one's own payloads are erased", "src/trace/redact.rs", "own.is_some_and(|own| own != tenant || !reached)", "own.is_some() && !reached"),
    mutant("payloads are erased in the floor", "src/trace/redact.rs", "own.is_some_and(|own| own != tenant || !reached)", "own.is_some_and(|own| own != tenant || (!reached && own.is_nil()))"),
    mutant("payloads of one tenant are erased", "src/trace/redact.rs", "    WHERE d.tenant_id = $1 AND d.recorded_at", "    WHERE $1 IS NOT NULL AND d.recorded_at"),
    mutant("an erasure is recorded where it happens", "src/trace/redact.rs", "        if bound.tenant_id == tenant {", "        if bound.tenant_id == tenant || !tenant.is_nil() {"),
    mutant("records of erasures stay", "src/trace/redact.rs", "      AND d.kind <> 'redaction' AND NOT", "      AND NOT"),
    # Traces: what stays
    mutant("rows are kept", "src/trace/append_only.rs", "    if !OPEN.get() {", "    if !OPEN.get() && trigger.table_name().is_err() {"),
    mutant("what is opened is closed", "src/trace/append_only.rs", "        OPEN.set(false);", "        let _ = OPEN.get();"),
    without("rows are kept in replicas too", "sql/trace.sql", "ALTER TABLE tenancy.decision_trace ENABLE ALWAYS TRIGGER append_only;"),
    mutant("retention ends", "src/trace/redact.rs", "WHERE $3 BETWEEN '0'::interval AND '1000 years' RETURNING", "RETURNING"),
    # Traces: the log
    mutant("transactions that ran are sealed later", "src/trace/seal.rs", "(d.written_in >= $2 OR d.written_in = ANY ($3))", "(d.written_in >= $2 OR d.written_in = ANY ($3) AND d.written_in < 0)"),
    mutant("transactions that run have not ended", "core/src/trace/horizon.rs", "        id < self.next && self.running.binary_search(&id).is_err()", "        id < self.next"),
    mutant("the sealer's own rows wait", "src/trace/horizon.rs", "    Ok(now.with_running(number(transaction::id())))", "    let _ = transaction::id();\n    Ok(now)"),
    mutant("a seal sees what is committed", "src/trace/seal.rs", "    if transaction::keeps_snapshot() {", "    if transaction::keeps_snapshot() && signers.is_empty() {"),
    mutant("sealers wait for each other", "src/trace/horizon.rs", "FROM tenancy.trace_horizon h FOR UPDATE", "FROM tenancy.trace_horizon h"),
    mutant("one key follows another", "src/trace/key.rs", "    if !known.is_empty() && !verifiers.iter().any(|verifier| known.contains(verifier)) {", "    if !known.is_empty() && verifiers.is_empty() {"),
    mutant("a key is vouched for with a signature", "src/trace/key.rs", "    note::verify(note, by).is_ok_and(|text| {", "    note::verify(note, by).or(note::text_unverified(note)).is_ok_and(|text| {"),
    mutant("a key is vouched for by name", "src/trace/key.rs", "lines.any(|line| line == name)", "lines.any(|line| line == name || line.len() > 20)"),
    mutant("the file's keys are among those that signed", "src/trace/key.rs", "        if !file.is_empty() && !others.is_empty() {", "        if !file.is_empty() && others.is_empty() {"),
    # Traces: verifying
    mutant("a row has its leaf", "src/trace/verify.rs", "expected.is_some_and(|leaf| row.leaf == leaf)", "expected.is_some()"),
    mutant("a row has the log's leaf", "src/trace/verify.rs", "let same = expected == Some(sealed.leaf);", "let same = expected.is_some() || sealed.leaf.is_empty();"),
    mutant("a row that is gone is missed", "src/trace/verify.rs", "filter(|(_, sealed)| !sealed.found)", "filter(|(_, sealed)| !sealed.found && sealed.position == u64::MAX)"),
    mutant("a row that the log should have is named", "src/trace/verify.rs", "            Some(kept) if kept.covers(row.written_by, row.written_in) => Place::Behind,", "            Some(kept) if kept.covers(row.written_by, row.written_in) && kept.horizon.next() == 0 => Place::Behind,"),
    mutant("a row of another server is named", "src/trace/horizon.rs", "            self.is_of_here()\n        }\n    }\n\n    fn new", "            false\n        }\n    }\n\n    fn new"),
    mutant("a transaction that never was is named", "src/trace/verify.rs", "        if row.written_by == self.server && horizon::number(row.written_in) >= self.next {", "        if row.written_by == self.server && horizon::number(row.written_in) == u64::MAX && self.next == 0 {"),
    mutant("rows that would be sealed twice are named", "src/trace/verify.rs", "matches!(place, Place::Coming | Place::Future)", "place == Place::Future && row.written_in == 0"),
    mutant("a lost horizon is missed", "src/trace/verify.rs", "            None if !self.sealed.is_empty() => {", "            None if self.sealed.len() == usize::MAX => {"),
    mutant("a horizon in the future is named", "src/trace/verify.rs", "kept.horizon.next() > transaction::next() => {", "kept.horizon.next() == u64::MAX => {"),
    mutant("the log makes the signed root", "src/trace/verify.rs", "if tree::root(&roots, leaves) == *root {", "if tree::root(&roots, leaves) == *root || !leaves.is_empty() {"),
    mutant("a tile makes its root", "src/trace/verify.rs", "if root.as_deref() != Some(made.as_slice()) {", "if root.as_deref() != Some(made.as_slice()) && number < 0 {"),
    mutant("an unfinished tile has no root", "src/trace/verify.rs", "                if root.is_some() {", "                if root.is_some() && number < 0 {"),
    mutant("tiles come in order", "src/trace/verify.rs", "tile.filter(|_| number == expected && !ended)", "tile.filter(|_| number >= expected || !ended)"),
    mutant("the log has a row once", "src/trace/verify.rs", "if self.sealed.insert(*trace, sealed).is_some() {", "if self.sealed.insert(*trace, sealed).is_some_and(|s| s.found) {"),
    mutant("a log that was cut is named", "src/trace/verify.rs", "        if last > size {", "        if last > size && size == u64::MAX {"),
    mutant("what no checkpoint signs is named", "src/trace/verify.rs", "        } else if last < size {", "        } else if last < size && last == u64::MAX {"),
    mutant("a checkpoint has its size", "src/trace/verify.rs", "if i64::try_from(checkpoint.size) == Ok(size) => {", "if i64::try_from(checkpoint.size).is_ok() => {"),
    mutant("a payload that is gone was erased", "src/trace/row.rs", "        if absent {\n            return Some(", "        if absent && self.leaf.is_empty() {\n            return Some("),
    mutant("a payload has its digest", "src/trace/row.rs", "(made.as_ref().map(|made| made.as_slice()) != Some(digest))", "(made.is_none() && digest.is_empty())"),
    mutant("an erased payload stays erased", "src/trace/row.rs", "            return (!absent || self.salt.is_some())\n                .then_some(\"a payload was put", "            return (!absent && self.leaf.is_empty())\n                .then_some(\"a payload was put"),
    mutant("no payload is added", "src/trace/row.rs", "            return (!absent || self.salt.is_some()).then_some(\"a payload was added\");", "            return None;"),
    mutant("an erasure covers what it names", "src/trace/verify.rs", "if erasure.covers(trace, recorded_at, &kind) => *rows += 1,", "if erasure.covers(trace, recorded_at, &kind) || erasure.traces() > 0 => *rows += 1,"),
    mutant("an erasure covers so many", "src/trace/verify.rs", "            if erasure.traces() != rows {", "            if erasure.traces() > rows {"),
    mutant("an erasure is recorded", "src/trace/verify.rs", "            match erasures.get_mut(&by) {\n", "            match erasures.get_mut(&by) {\n                None => {}\n"),
    # Privileges
    without("nothing is PUBLIC's", "sql/finish.sql", "    EXECUTE format('REVOKE ALL ON ALL ROUTINES IN SCHEMA tenancy FROM %s', others);\n"),
    # Identity, further
    mutant("BYPASSRLS is exempt", "src/role.rs", "} else if form.rolbypassrls {", "} else if form.rolbypassrls && form.rolsuper {"),
    mutant("REPLICATION is exempt", "src/role.rs", "} else if form.rolreplication {", "} else if form.rolreplication && form.rolsuper {"),
    mutant("who reads the server's files is exempt", "src/role.rs", "SERVER_FILE_ROLES.contains(&form.oid.to_u32())", "SERVER_FILE_ROLES.contains(&(form.oid.to_u32() + 100))"),
    mutant("a role that becomes exempt ends its contexts", "src/session.rs", "    role::refuse_exempt_session()?;\n", "    let _ = role::refuse_exempt_session;\n"),
    # Context, further
    mutant("a token of another tenant is refused at once", "src/session.rs", "    refuse_another(owner.lxid, view.tenant_ref())?;\n", ""),
    mutant("only superusers bind for a whole session", "src/guc.rs", "        &BINDING,\n        GucContext::Suset,", "        &BINDING,\n        GucContext::Userset,"),
    mutant("only superusers turn the guard off", "src/guc.rs", "        &GUARD,\n        GucContext::Suset,", "        &GUARD,\n        GucContext::Userset,"),
    mutant("statements with credentials stay out of the log", "src/hook.rs", "            (*entry).hide_stmt = true;", "            (*entry).hide_stmt |= false;"),
    mutant("what is for the log is not sent to a tenant", "src/hook.rs", "            (*entry).output_to_client = false;", "            (*entry).output_to_client &= true;"),
    mutant("no query of sets goes on after its context was narrowed", "src/hook.rs", " || calls_sets(plan))\n        {\n            refuse(", ")\n        {\n            refuse("),
    mutant("revocation is heard on a standby", "src/hook.rs", "    unsafe { pg_sys::AcceptInvalidationMessages() };\n", "", ["standby"]),
    # Tokens
    mutant("a token's signature is verified", "core/src/jwt.rs", "    check_signature(signed, signature, key)?;\n", "    let _ = check_signature(signed, signature, key);\n"),
    mutant("a token has the algorithm of its key", "core/src/jwt.rs", "    if alg != key_set::name(key.algorithm) {", "    if alg.is_empty() {"),
    mutant("a token's issuer is ours", "core/src/jwt.rs", "    check_issuer(&claims, policy)?;\n", "    let _ = check_issuer(&claims, policy);\n"),
    mutant("a token is for us", "core/src/jwt.rs", "    check_audience(&claims, policy)?;\n", "    let _ = check_audience(&claims, policy);\n"),
    mutant("a token expires", "core/src/jwt.rs", "    if now >= expires_at.saturating_add(leeway) {", "    if now >= expires_at.saturating_add(leeway) && now < 0 {"),
    mutant("a token that never expires is none", "core/src/jwt.rs", 'time_claim(claims, "exp")?.ok_or_else(|| JwtError::MissingClaim("exp".to_owned()))?', 'time_claim(claims, "exp")?.unwrap_or(i64::MAX)'),
    mutant("a token counts from its time on", "core/src/jwt.rs", "|not_before| not_before > latest)", "|not_before| not_before > latest && now < 0)"),
    mutant("a token of the future is none", "core/src/jwt.rs", "|issued_at| issued_at > latest)", "|issued_at| issued_at > latest && now < 0)"),
    mutant("critical extensions are not passed over", "core/src/jwt.rs", '    if header.contains_key("crit") {', '    if header.contains_key("crit") && header.is_empty() {'),
    mutant("a token without a tenant is none", "core/src/jwt.rs", "        .filter(|tenant| !tenant.is_empty())\n", ""),
    mutant("an actor acts for somebody", "core/src/jwt.rs", "    if user_id.is_empty() && !actor.is_empty() {", "    if user_id.is_empty() && !actor.is_empty() && now_unix_seconds == 0 {"),
    mutant("a token is of bounded length", "core/src/jwt.rs", "    if token.len() > MAX_TOKEN_LEN {", "    if token.len() == usize::MAX {"),
    mutant("members of JSON are there once", "core/src/json.rs", "            if members.contains_key(&name) {", "            if members.contains_key(&name) && name.len() == usize::MAX {"),
    # Keys, further
    mutant("delegation goes only so deep", "src/key.rs", "        if line.len() >= credential::MAX_LINE {", "        if line.len() >= credential::MAX_LINE + 100 {"),
    mutant("a key that ended is not rotated", "src/key.rs", "                AND (k.expires_at IS NULL OR k.expires_at > pg_catalog.now())\n", ""),
    mutant("a revoked key is not rotated", "src/key.rs", "WHERE k.key_id = $1 AND k.revoked_at IS NULL AND", "WHERE k.key_id = $1 AND"),
    mutant("a successor keeps the line", "src/key.rs", "            parent: row.get(7)?,", "            parent: None,"),
    mutant("a successor ends with its predecessor's time", "src/key.rs", "            expires_at: row.get(6)?,", "            expires_at: None,"),
    mutant("a rotated key ends", "src/key.rs", "                SET expires_at = least(k.expires_at, pg_catalog.now() + $2)\n", "                SET expires_at = least(k.expires_at, pg_catalog.now() + $2 + '1 year')\n"),
    mutant("a key needs a capability", "src/key.rs", "    if set.is_empty() {", "    if set.is_empty() && set.names().len() > 1 {"),
    mutant("a key does not expire in the past", "src/key.rs", "    if expires_at.is_some_and(|at| at <= now()) {", "    if expires_at.is_some_and(|at| at <= now() && at > now()) {"),
    mutant("revoking stamps what was delegated", "sql/revoke_key.sql", "ON k.parent_key_id = line.key_id", "ON k.parent_key_id = line.key_id AND false"),
    mutant("a tenant's keys go with it", "sql/tables.sql", "    DELETE FROM tenancy.api_key k WHERE k.tenant_id = OLD.tenant_id;\n", ""),
    mutant("sessions hear of changed tenants", "src/tenant.rs", "AFTER UPDATE OR DELETE OR TRUNCATE ON tenancy.tenant", "AFTER TRUNCATE ON tenancy.tenant"),
    mutant("sessions hear of changed keys", "src/tenant.rs", "AFTER UPDATE OR DELETE OR TRUNCATE ON tenancy.api_key", "AFTER TRUNCATE ON tenancy.api_key"),
    mutant("sessions hear of changed tables", "src/tenant.rs", "AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON tenancy.protected_table", "AFTER TRUNCATE ON tenancy.protected_table"),
    without("revocation is heard in replicas too", "src/tenant.rs", "ALTER TABLE tenancy.api_key ENABLE ALWAYS TRIGGER credential_changed;\n"),
    mutant("the slug shared is reserved", "src/tenant.rs", "    if slug.eq_ignore_ascii_case(SHARED) {", "    if slug.eq_ignore_ascii_case(SHARED) && slug.is_empty() {"),
    mutant("tenant shared cannot be suspended", "src/tenant.rs", "    if tenant == SHARED || Uuid::parse_str(tenant).is_ok_and(|id| id.is_nil()) {", "    if tenant == SHARED && tenant.is_empty() {"),
    # Protecting
    mutant("who protects owns the table", "src/policy.rs", "        if !self.owned {\n", "        if !self.owned && self.system {\n"),
    mutant("who unprotects owns the table", "src/policy.rs", "    if !table.owned {\n        return Err(Error::NotOwner(format!(\"table {}\", table.name)).into());", "    if !table.owned && table.system {\n        return Err(Error::NotOwner(format!(\"table {}\", table.name)).into());"),
    mutant("who grants owns the table", "src/policy.rs", "    if !table.owned {\n        return Err(Error::NotOwner(format!(\"table {}\", table.name)));", "    if !table.owned && table.system {\n        return Err(Error::NotOwner(format!(\"table {}\", table.name)));"),
    mutant("a partition is protected through its table", "src/policy.rs", "        if self.is_partition {", "        if self.is_partition && self.system {"),
    mutant("a temporary table is not protected", "src/policy.rs", "        if self.temporary {", "        if self.temporary && self.system {"),
    mutant("the extension's own tables are not protected", "src/policy.rs", "        if self.system {", "        if self.system && self.temporary {"),
    mutant("a foreign table is not protected", "src/policy.rs", '            "r" | "p" => {}', '            "r" | "p" | "f" => {}'),
    mutant("protecting sees what is committed", "src/policy.rs", "    if transaction::keeps_snapshot() {", "    if transaction::keeps_snapshot() && what.is_empty() {"),
    mutant("a grant needs two tenants", "src/grant.rs", "    if owner == grantee || owner == shared || grantee == shared {", "    if owner == grantee && owner == shared {"),
    mutant("a grant without scopes is of all rows", "src/grant.rs", "is_none() && !scope.is_empty() {", "is_none() && scope.len() > 1000 {"),
    # Guard, further
    mutant("weakening is judged", "src/guard.rs", '(seen.weakens && check.concerns("weakening"))', '(seen.weakens && seen.adopts && check.concerns("weakening"))'),
    mutant("a new owner is judged", "src/guard.rs", '(seen.changes_owner && check.concerns("owner"))', '(seen.changes_owner && seen.adopts && check.concerns("owner"))'),
    mutant("REASSIGN OWNED is judged", "src/hook.rs", "    refuse(guard::after_reassign());", "    let _ = guard::after_reassign;"),
    mutant("definitions see what is committed", "src/guard.rs", "    if transaction::keeps_snapshot() && touches_lasting()? {", "    if transaction::keeps_snapshot() && touches_lasting()? && off() {"),
    mutant("dropping a policy sees what is committed", "src/guard.rs", "    if transaction::keeps_snapshot() && !off() && watching()? && !texts(drops_policy)?.is_empty() {", "    if transaction::keeps_snapshot() && off() && !texts(drops_policy)?.is_empty() {"),
    mutant("no ANN index is built concurrently", "src/guard.rs", 'matches!(index.method.as_str(), "hnsw" | "ivfflat")', 'matches!(index.method.as_str(), "hnsw_" | "ivfflat_")'),
    mutant("a managed schema keeps its name", "src/guard.rs", "    if !renamed.is_empty() {", "    if renamed.len() > 1000 {"),
    mutant("who manages a schema owns it", "src/managed_schema.rs", "    if owned != Some(true) {", "    if owned.is_none() {"),
    mutant("a caught error does not hide what a statement held", "src/guard.rs", "let within = if nested { outer } else", "let within = if nested && outer.weakens != outer.weakens { outer } else"),
    # Sharing, further
    mutant("shared rows are the tenant shared's", "src/sharing.rs", "if flags.shared && !own.id.is_nil() {", "if !own.id.is_nil() {"),
    mutant("granted rows are read in their scope", "src/sharing.rs", "            Whose::Granted(&mut scopes)", "            let _ = &mut scopes;\n            Whose::Own"),
    mutant("a row of others is not read", "core/src/access.rs", "        Whose::Other => false,", "        Whose::Other => reached,"),
    # Recall, further
    # Budgets
    mutant("a hard budget rejects", "core/src/budget.rs", "            Room::Full => return Room::Full,", "            Room::Full => {}"),
    mutant("a reservation is its tenant's", "src/budget/reservation.rs", "                && place.tenant == *tenant.as_bytes()\n", "                && !tenant.is_nil()\n"),
    mutant("a reservation is settled once", "src/budget/reservation.rs", "        *set.expires_at.get_mut(at)? = 0;\n", "        let _ = set.expires_at.get_mut(at)?;\n"),
    mutant("a reservation is of a day at most", "src/budget.rs", "    if !(1..=LONGEST).contains(&life) {", "    if !(1..=i128::MAX).contains(&life) {"),
    mutant("what was spent beyond a budget takes the rest of it", "src/budget.rs", "        ledger::spend_rest(tenant, &spendings);\n", ""),
    mutant("nothing is spent on a standby", "src/budget.rs", "    if transaction::in_recovery() {", "    if transaction::in_recovery() && transaction::lxid() == 0 {", ["budget standby"]),
    mutant("what is leased goes with its budget", "sql/budget.sql", "DELETE FROM tenancy.budget_lease l WHERE l.budget_id = OLD.budget_id;", "DELETE FROM tenancy.budget_lease l WHERE l.budget_id = OLD.budget_id AND false;"),
    mutant("budgets go with their tenant", "sql/budget.sql", "DELETE FROM tenancy.budget b WHERE b.tenant_id = OLD.tenant_id;", "DELETE FROM tenancy.budget b WHERE b.tenant_id = OLD.tenant_id AND false;"),
    mutant("sessions hear of changed budgets", "sql/budget.sql", "CREATE TRIGGER credential_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON tenancy.budget", "CREATE TRIGGER credential_changed AFTER TRUNCATE ON tenancy.budget"),
    mutant("one tenant's reservations do not take every place", "src/budget/reservation.rs", "set.open(now).filter(of_tenant).count() >= OF_A_TENANT", "set.open(now).filter(of_tenant).count() >= PLACES", ["pg_regress", "budget"]),
    # Proofs
    mutant("a proof fails for reading rows of others", "src/prove/probe.rs", '(Verb::Read, Ok(_)) => Self::new(false, "rows of others were read")', '(Verb::Read, Ok(_)) => Self::new(true, "rows of others were read")'),
    mutant("a proof fails for making rows of others", "src/prove/probe.rs", '(Verb::Insert, Ok(_)) => Self::new(false, "a row of another tenant was made")', '(Verb::Insert, Ok(_)) => Self::new(true, "a row of another tenant was made")'),
    mutant("a proof fails for changing rows of others", "src/prove/probe.rs", '(Verb::Update, Ok(_)) => Self::new(false, "rows of others were changed")', '(Verb::Update, Ok(_)) => Self::new(true, "rows of others were changed")'),
    mutant("a proof fails for removing rows of others", "src/prove/probe.rs", '(Verb::Delete, Ok(_)) => Self::new(false, "rows of others were removed")', '(Verb::Delete, Ok(_)) => Self::new(true, "rows of others were removed")'),
    mutant("a proof fails for moving rows of others", "src/prove/probe.rs", '(Verb::Move, Ok(_)) => Self::new(false, "a row was moved to another tenant")', '(Verb::Move, Ok(_)) => Self::new(true, "a row was moved to another tenant")'),
    mutant("a constraint does not count as a policy", "src/prove/probe.rs", 'false,\n                "let through by policies, and refused by a constraint"', 'true,\n                "let through by policies, and refused by a constraint"'),
    mutant("what could not be decided fails a proof", "src/prove/probe.rs", '(false, "could not be decided")', '(true, "could not be decided")'),
    mutant("a proof takes back what it tries", "src/attempt.rs", "    subtransaction(false, run)", "    subtransaction(true, run)"),
    mutant("answers in two worlds are compared", "src/prove/world.rs", "        let alike = a.text == b.text;", "        let alike = a.text == b.text || a.text != b.text;"),
    mutant("a tenant's session proves nothing", "src/prove.rs", "        if session::is_bound() || session::pretending() {", "        if session::is_bound() && session::pretending() {"),
    mutant("what a proof pretends spends nothing", "src/session.rs", "    if pretending() {\n        return Err(Error::Unbound);", "    if pretending() && !pretending() {\n        return Err(Error::Unbound);"),
    mutant("no credential is bound within a proof", "src/session.rs", "    if pretending() {\n        return Err(Error::AnotherTenant);", "    if pretending() && !pretending() {\n        return Err(Error::AnotherTenant);"),
    mutant("evidence is what its trace recorded", "src/prove/record.rs", "Some(outcome(&report)?) != recorded", "recorded.is_none()"),
    mutant("a proof without tenants fails", "src/prove.rs", "    } else if probed == 0 {", "    } else if probed == usize::MAX {"),
    mutant("a proof that tried nothing fails", "src/prove.rs", "    } else if !tried {", "    } else if !tried && tried {"),
    mutant("what users' functions raise is not handed out", "src/prove/world.rs", "    if refusal.names_definitions() {", "    if refusal.names_definitions() || !refusal.names_definitions() {"),
    mutant("runs are kept as they were", "sql/evidence.sql", "BEFORE UPDATE OR DELETE OR TRUNCATE ON tenancy.evidence_run", "BEFORE TRUNCATE ON tenancy.evidence_run"),
    # Denials
    mutant("refused credentials are recorded", "src/error.rs", "            | (_, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION) => Some(Kind::Bind),", "            | (Self::Unbound, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION) => Some(Kind::Bind),"),
    mutant("refusals of row security are recorded", "src/denial.rs", "            denied(Kind::Policy, entry.sqlerrcode, &message);", "            let _ = (Kind::Policy, message);"),
    mutant("a flood of denials is dammed", "src/denial.rs", "OF_A_TENANT.admit(bucket.rate, now),", "OF_A_TENANT.admit(bucket.rate, now).or(Some(0)),"),
    mutant("no credential is in a denial", "src/denial.rs", "    let clean = redact(message);", "    let clean = redact(message).filter(|_| false);"),
    # Privileges, further
    without("default privileges reach no table", "sql/finish.sql", "    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA tenancy FROM %s', others);\n"),
    without("default privileges reach no sequence", "sql/finish.sql", "    EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA tenancy FROM %s', others);\n"),
    without("default privileges reach no type", "sql/finish.sql", "    EXECUTE format('REVOKE ALL ON DOMAIN tenancy.scope FROM %s', others);\n"),
    mutant("an auditor sees no digest", "sql/finish.sql", "GRANT SELECT (key_id,", "GRANT SELECT (secret_digest, key_id,"),
    mutant("grants are not rewritten", "sql/finish.sql", "UPDATE (relation, revoked_at, revoked_by) ON tenancy.read_grant", "UPDATE ON tenancy.read_grant"),
    mutant("an application makes no keys", "sql/finish.sql", "    tenancy.reserve(text, numeric, interval), tenancy.settle", "    tenancy.create_key(text, text, text[], tenancy.scope, text, timestamptz), tenancy.reserve(text, numeric, interval), tenancy.settle"),
    mutant("the log is not an administrator's", "sql/finish.sql", "GRANT SELECT ON tenancy.trace_checkpoint, tenancy.trace_key TO tenancy_admin;", "GRANT SELECT, UPDATE ON tenancy.trace_log, tenancy.trace_checkpoint, tenancy.trace_key TO tenancy_admin;"),
    mutant("views run as who asks", "sql/lists.sql", "CREATE VIEW tenancy.key_list WITH (security_invoker = true) AS", "CREATE VIEW tenancy.key_list AS"),
    without("the log is kept in replicas too", "sql/trace.sql", "ALTER TABLE tenancy.trace_log ENABLE ALWAYS TRIGGER append_only;"),
    without("checkpoints are kept in replicas too", "sql/trace.sql", "ALTER TABLE tenancy.trace_checkpoint ENABLE ALWAYS TRIGGER append_only;"),
    *policies(),
    *confinements(),
    *checks(),
]
