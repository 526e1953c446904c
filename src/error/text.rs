//! What is said of an error: message, detail and hint.

use super::Error;

impl Error {
    /// The primary message: lower case, no final period, nothing secret.
    pub fn message(&self) -> String {
        match self {
            Self::Unbound => "no tenant is bound in this transaction".into(),
            Self::AnotherTenant => "another tenant is already bound in this transaction".into(),
            Self::ForAnotherTenant => "the credential of on_behalf_of is another tenant's".into(),
            Self::Exempt { role, why } => {
                format!("role \"{role}\" {why}, so tenant isolation would not be enforced")
            }
            Self::TemporarySchema => {
                "this session has a temporary schema, which can shadow tenants' tables".into()
            }
            Self::WrongSource => "tenancy.session can only be set inside a session".into(),
            Self::KeyInSetting => "tenancy.session does not accept API keys".into(),
            Self::MissingCredential => "credential is missing".into(),
            Self::MalformedKey(e) => e.to_string(),
            Self::Unrecognized => "credential is neither an API key nor a token".into(),
            Self::UnknownKey => "credential is not valid".into(),
            Self::RevokedKey => "credential has been revoked".into(),
            Self::Expired => "credential has expired".into(),
            Self::Token(e) => e.to_string(),
            Self::Seal(e) => e.to_string(),
            Self::ForeignSeal => "seal was not made for this transaction".into(),
            Self::TokensNotConfigured(setting) => {
                format!("tokens are not accepted: {setting} is not set")
            }
            Self::KeySet(why) => format!("key set of tenancy.jwks_file cannot be used: {why}"),
            Self::NoSuchTenant(t) | Self::TokenOfNobody(t) => {
                format!("tenant \"{t}\" does not exist")
            }
            Self::Suspended(t) => format!("tenant \"{t}\" is suspended"),
            Self::NumberOutOfRange(n) => {
                format!("tenant number {n} is out of range for type integer")
            }
            Self::UnsupportedTenantType => {
                "a tenant is named by uuid, text, integer or bigint only".into()
            }
            Self::BadContext(why) => format!("context argument: {why}"),
            Self::Context(e) => e.to_string(),
            Self::NotAScope(e) | Self::Scopes(e) => e.to_string(),
            Self::MissingCapability(name) => {
                format!("the bound credential lacks capability \"{name}\"")
            }
            Self::Unreached => "the bound scope floor does not reach a table without scopes".into(),
            Self::Widened(what) => {
                format!("a narrower context is already bound in this transaction: {what}")
            }
            Self::BegunWider => {
                "query was begun before the context was narrowed or taken back".into()
            }
            Self::WiderKey(what) => {
                format!("a delegated key cannot be wider than the bound credential: {what}")
            }
            Self::CannotDelegate(why) => format!("cannot delegate a key {why}"),
            Self::SharedTenant => {
                "tenant \"shared\" can be bound only by a role that is granted tenancy_admin".into()
            }
            Self::NoSuchGrant(id) => format!("read grant {id} does not exist"),
            Self::NotInstalled => "extension pg_tenancy is not installed in this database".into(),
            Self::Capability(e) => e.to_string(),
            Self::BadArgument { message, .. }
            | Self::NothingToAttack { message, .. }
            | Self::AmbiguousColumn { message, .. } => message.clone(),
            Self::NullArgument(name) => format!("{name} must not be NULL"),
            Self::NoSuchColumn { column, table } => format!("table {table} has no column {column}"),
            Self::NoSuchKey(k) => format!("key {k} does not exist"),
            Self::Duplicate(what) => format!("{what} already exists"),
            Self::WrongObject { message, .. } => message.clone(),
            Self::NotProtected(t) | Self::RecallUnprotected(t) => {
                format!("table {t} is not protected")
            }
            Self::AlreadyProtected(t) => format!("table {t} is already protected"),
            Self::NotOwner(what) => format!("must be owner of {what}"),
            Self::Leaks { table, .. } => format!("table {table} would leak between tenants"),
            Self::Guarded { message, .. } => message.clone(),
            Self::Confined { what, .. } => format!("{what} is not allowed in a tenant's session"),
            Self::ExemptFunction { function, owner } => {
                format!("function {function} runs as {owner}, which row security does not bind")
            }
            Self::OldSnapshot(what) => format!(
                "{what} cannot run in a transaction of isolation level REPEATABLE READ or SERIALIZABLE"
            ),
            Self::CorruptIndex {
                index,
                block: Some(block),
                what,
            } => format!("index {index} is damaged at block {block}: {what}"),
            Self::CorruptIndex { index, what, .. } => {
                format!("index {index} is damaged: {what}")
            }
            Self::WrongIndex { message, .. } => (*message).into(),
            Self::Dimensions { expected, found } => {
                format!("expected a vector of {expected} dimensions, not of {found}")
            }
            Self::AppendOnly(table) => {
                format!("rows of tenancy.{table} are kept as they were written")
            }
            Self::PartOfTenant => "the bound credential reaches only a part of its tenant".into(),
            Self::NoSuchTrace(id) => format!("trace {id} does not exist"),
            Self::NoSuchCheckpoint(size) => format!("there is no checkpoint of size {size}"),
            Self::NotSealed(what) => format!("{what} not sealed yet"),
            Self::NoSealKey => {
                "there is no key to sign with: tenancy.seal_key_file is not set".into()
            }
            Self::SealKeyFile(why) => {
                format!("key of tenancy.seal_key_file cannot be used: {why}")
            }
            Self::ForeignSealKey => {
                "no key of tenancy.seal_key_file has signed this database's checkpoints".into()
            }
            Self::DamagedLog(tenant) => format!("log of tenant {tenant} is damaged"),
            Self::DamagedTrace(trace) => format!("trace {trace} is damaged"),
            Self::DamagedHorizon => "tenancy.trace_horizon is damaged".into(),
            Self::BudgetExhausted { metric, .. } => {
                format!("budget for {} is exhausted", metric.name())
            }
            Self::BudgetCrossed { metric, .. } => {
                format!("soft budget for {} is exceeded", metric.name())
            }
            Self::BudgetOnStandby => "budgets cannot be spent on a standby".into(),
            Self::NoScribe => {
                "no background worker could be started to write a lease of a budget".into()
            }
            Self::NoDesk => "too many databases have budgets that are spent from at once".into(),
            Self::LeaseFailed => "no lease of the budget could be written".into(),
            Self::NoLedger => "too many budgets are spent from at once".into(),
            Self::NoReservation => "too many reservations are open".into(),
            Self::NotOpen(id) => format!("reservation {id} is not open"),
            Self::AmountTooLarge(argument) => format!("{argument} is too large"),
            Self::BoundProver => "tenancy.prove() needs a session without a tenant".into(),
            Self::Locked(function) => {
                format!("{function} waited in vain for a table that another transaction has locked")
            }
            Self::NoSuchRun(id) => format!("run {id} does not exist"),
            Self::Evidence(why) => format!("evidence of a run is damaged: {why}"),
            Self::NoRandom => "no random bytes could be had from the operating system".into(),
            Self::Sql(e) => format!("pg_tenancy could not run its own SQL: {e}"),
        }
    }

    /// Further facts, where one line is not enough.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::Leaks { findings, .. } => Some(findings.clone()),
            Self::Guarded { detail, .. }
            | Self::BudgetExhausted { detail, .. }
            | Self::BudgetCrossed { detail, .. } => Some(detail.clone()),
            _ => None,
        }
    }

    /// A whole sentence that says what to do.
    pub fn hint(&self) -> Option<String> {
        let text: &str = match self {
            Self::Unbound => {
                "Call tenancy.bind() or SET LOCAL tenancy.session in this same transaction, after BEGIN."
            }
            Self::CorruptIndex { .. } => {
                "REINDEX makes the index anew; tenancy.check_index() tells what else is wrong with it."
            }
            Self::WrongIndex { hint, .. } => hint,
            Self::Dimensions { .. } => {
                "The column's type says how many; a query must be made by the model that made the rows."
            }
            Self::AnotherTenant => {
                "Commit or roll back, and bind the other tenant in a transaction of its own."
            }
            Self::ForAnotherTenant => "Pass a credential of the same tenant.",
            Self::Exempt { .. } => {
                "Connect as a login role that is granted only tenancy_app and cannot reach a superuser, BYPASSRLS, REPLICATION or server-file role."
            }
            Self::TemporarySchema => {
                "Reconnect, and REVOKE TEMPORARY ON DATABASE from PUBLIC and the application's roles."
            }
            Self::WrongSource => {
                "Call tenancy.bind() or SET LOCAL tenancy.session; ALTER ROLE, ALTER DATABASE, configuration files and connection options cannot carry a tenant."
            }
            Self::KeyInSetting => "Call tenancy.bind() with the API key as a bind parameter.",
            Self::BudgetExhausted { .. } => {
                "Wait until it resets, spend less, or ask an administrator for more with tenancy.set_budget()."
            }
            Self::BudgetCrossed { .. } => {
                "It goes on; tenancy.budget_status shows what is spent, and a budget of mode hard refuses."
            }
            Self::BudgetOnStandby => "Run it on the primary.",
            Self::NoScribe => {
                "Raise max_worker_processes, beyond max_parallel_workers, and restart the server."
            }
            Self::NoDesk => "Try again in a minute.",
            Self::LeaseFailed => "Try again; the server's log says what is wrong, if it stays so.",
            Self::NoLedger => {
                "Try again when the shortest of the budgets' periods is over, or set fewer budgets."
            }
            Self::NoReservation => {
                "Settle reservations when their calls have ended, and let them expire sooner."
            }
            Self::NotOpen(_) => {
                "It can be settled once, by its tenant, before it expires; then it is charged in full."
            }
            Self::AmountTooLarge(_) => "Pass a smaller number.",
            Self::MissingCredential | Self::Unrecognized => {
                "Pass an API key or a token as a bind parameter."
            }
            Self::MalformedKey(_) => {
                "An API key is the text that create_key showed once; it begins with tk_."
            }
            Self::UnknownKey | Self::RevokedKey | Self::Expired => {
                "Ask the administrator of the tenant for a valid credential."
            }
            Self::Token(_) => {
                "Get a fresh token from the issuer of tenancy.jwt_issuer, and check the tenancy.jwt_ settings."
            }
            Self::Seal(_) | Self::ForeignSeal => {
                "Bind the credential itself, in the transaction that uses it."
            }
            Self::TokensNotConfigured(_) => {
                "Set tenancy.jwks_file, tenancy.jwt_issuer and tenancy.jwt_audience in the server's configuration."
            }
            Self::KeySet(_) => {
                "Correct the file; it must hold a JSON Web Key Set (RFC 7517) that the server can read."
            }
            Self::NoSuchTenant(_) => "List the tenants with SELECT * FROM tenancy.tenant_list.",
            Self::TokenOfNobody(_) => {
                "The token's tenant claim must be the id or slug of a tenant in tenancy.tenant_list."
            }
            Self::Suspended(_) => "An administrator can resume it with tenancy.resume_tenant().",
            Self::NumberOutOfRange(_) => {
                "Use a bigint tenant column, or give the tenant a smaller number."
            }
            Self::UnsupportedTenantType => {
                "Call it as tenancy.current_tenant_as(NULL::bigint), for instance."
            }
            Self::BadContext(_) => {
                "It takes user_id, roles, claims, correlation_id, metadata, scope and on_behalf_of."
            }
            Self::NotAScope(_) => {
                "A scope is a flat JSON object of non-empty strings, such as {\"team\": \"x\"}."
            }
            Self::Scopes(_) => {
                "A scope can only be narrowed: give the same value or leave the key out."
            }
            Self::MissingCapability(_) => {
                "Bind a credential that has it, or ask the administrator of the tenant."
            }
            Self::Unreached => {
                "Bind a credential without a floor, or protect the table with a scope_column or as shared."
            }
            Self::BegunWider => "Close the cursor and open it again, or fetch all its rows first.",
            Self::Widened(_) => "Commit or roll back, and bind it in a transaction of its own.",
            Self::WiderKey(_) => {
                "Ask for no more than the bound credential has; without expires_at the key ends with it."
            }
            Self::CannotDelegate(_) => "Bind the credential by itself.",
            Self::SharedTenant => {
                "Use a session of an administrator; every tenant reads what is written there."
            }
            Self::NoSuchGrant(_) => "List the grants with SELECT * FROM tenancy.read_grant_list.",
            Self::OldSnapshot(_) => {
                "Run it in a READ COMMITTED transaction; a snapshot taken earlier may not show what others have committed."
            }
            Self::AppendOnly(_) => "Erase payloads with tenancy.redact_trace().",
            Self::PartOfTenant => "Bind a credential of the tenant without a scope floor.",
            Self::NoSuchTrace(_) => "List the traces with SELECT * FROM tenancy.decision_trace.",
            Self::NoSuchCheckpoint(_) => {
                "List the sizes with SELECT size FROM tenancy.trace_checkpoint."
            }
            Self::NotSealed(_) => "Run tenancy.seal(), or wait for its next run.",
            Self::NoSealKey => {
                "Make a key with tenancy-verify generate-key, set tenancy.seal_key_file to its file and reload the configuration."
            }
            Self::SealKeyFile(_) => {
                "Correct the file; it holds a signed-note key a line, PRIVATE+KEY+name+id+base64, and only the server reads it."
            }
            Self::ForeignSealKey => {
                "Put the key that signed before into the file again, below the new one, until tenancy.seal() has run once."
            }
            Self::DamagedLog(_) | Self::DamagedTrace(_) | Self::DamagedHorizon => {
                "tenancy.verify_trace() tells what was changed."
            }
            Self::BoundProver => "Run it as an auditor, in a transaction that binds no tenant.",
            Self::Locked(_) => {
                "See pg_locks for the transaction, and call it again when that has ended."
            }
            Self::NoSuchRun(_) => {
                "List the runs with SELECT run_id, started_at, verdict FROM tenancy.evidence_run."
            }
            Self::Evidence(_) => "Run tenancy.prove() again.",
            Self::NotInstalled => "Run CREATE EXTENSION pg_tenancy in this database.",
            Self::NoSuchKey(_) => "List the keys with SELECT * FROM tenancy.key_list.",
            Self::BadArgument { hint, .. } | Self::NothingToAttack { hint, .. } => hint,
            Self::NullArgument(_) => "Pass a value for it.",
            Self::NoSuchColumn { .. } => "Name a column of the table, as it is spelled there.",
            Self::AmbiguousColumn { argument, .. } => {
                return Some(format!("Say which one with the argument {argument}."));
            }
            Self::RecallUnprotected(t) => {
                let literal = t.replace('\'', "''");
                return Some(format!(
                    "Protect it first: SELECT tenancy.protect('{literal}');"
                ));
            }
            Self::WrongObject { hint, .. } | Self::Guarded { hint, .. } => {
                return Some(hint.clone());
            }
            Self::NotProtected(_) => "Protect it first with tenancy.protect().",
            Self::AlreadyProtected(_) => {
                "Call tenancy.unprotect() first to protect it another way."
            }
            Self::NotOwner(_) => "Run it as the owner, who must also be granted tenancy_admin.",
            Self::Leaks { remedies, .. } => {
                return Some(format!("Run these and protect it again:\n{remedies}"));
            }
            Self::Confined { hint, .. } => hint,
            Self::ExemptFunction { .. } => {
                "Give the function to a role that is neither a superuser nor BYPASSRLS, with ALTER FUNCTION ... OWNER TO."
            }
            _ => return None,
        };
        Some(text.to_string())
    }
}
