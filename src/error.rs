//! Every error a user can meet: its SQLSTATE, message, detail and hint are decided here and nowhere else.

use crate::denial::{self, Kind};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use tenancy_core::{
    api_key::ApiKeyError, budget::Metric, capability::CapabilityError, context::ContextError,
    jwt::JwtError, rights::Wider, scope::ScopeError, seal::SealError,
};

use uuid::Uuid;

/// The result of everything that can fail towards the user.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong. Texts never carry a credential or any part of one.
#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    /// The accessors were asked for a context and none holds in this transaction.
    Unbound,
    /// A second tenant was bound in one transaction.
    AnotherTenant,
    /// The credential that is acted for is another tenant's.
    ForAnotherTenant,
    /// The session could escape row security, so binding would only look like isolation.
    Exempt { role: String, why: &'static str },
    /// The session has a temporary schema, whose tables shadow the tenants' tables.
    TemporarySchema,
    /// The GUC was given a value from anywhere but the session itself.
    WrongSource,
    /// An API key was given where only a token or a seal is accepted.
    KeyInSetting,
    /// A NULL or empty credential.
    MissingCredential,
    /// The text is neither an API key, nor a token, nor a seal.
    MalformedKey(ApiKeyError),
    /// The text has the shape of no credential.
    Unrecognized,
    /// No such key, or the secret does not match: deliberately one error.
    UnknownKey,
    /// The key was revoked.
    RevokedKey,
    /// The credential has expired.
    Expired,
    /// The token was refused.
    Token(JwtError),
    /// The seal was refused.
    Seal(SealError),
    /// The seal is genuine but was made for another transaction, backend or database.
    ForeignSeal,
    /// JSON Web Tokens are not set up on this server.
    TokensNotConfigured(&'static str),
    /// The key set file cannot be used.
    KeySet(String),
    /// The credential names a tenant that does not exist.
    NoSuchTenant(String),
    /// The tenant is suspended.
    Suspended(String),
    /// The tenant's number does not fit the asked type.
    NumberOutOfRange(i64),
    /// `current_tenant_as` was called for a type that cannot name a tenant.
    UnsupportedTenantType,
    /// A member of the context argument is unknown or of the wrong kind.
    BadContext(String),
    /// The context does not fit its encoding.
    Context(ContextError),
    /// A text or value is not a scope, where the domain asks for one.
    NotAScope(ScopeError),
    /// Two scopes that must agree have different values for a key, or are too large together.
    Scopes(ScopeError),
    /// The bound credential lacks a capability.
    MissingCapability(String),
    /// The bound credential has a scope floor, and the table no scopes.
    Unreached,
    /// A wider context than this transaction's.
    Widened(Wider),
    /// A query that began before the context was narrowed is to give more rows.
    BegunWider,
    /// A key was to be delegated that is wider than the one that delegates it.
    WiderKey(Wider),
    /// The bound context cannot delegate.
    CannotDelegate(&'static str),
    /// The tenant of shared rows is for administrators.
    SharedTenant,
    /// No such grant.
    NoSuchGrant(String),
    /// The extension is not installed in this database.
    NotInstalled,
    /// A capability is unknown.
    Capability(CapabilityError),
    /// An argument is NULL or not usable.
    BadArgument { message: String, hint: &'static str },
    /// An argument without which nothing can be done is NULL.
    NullArgument(&'static str),
    /// No column of that name, as it is shown, in a table.
    NoSuchColumn { column: String, table: String },
    /// Several columns will do, and an argument must say which one.
    AmbiguousColumn {
        message: String,
        argument: &'static str,
    },
    /// Recalling from a table that is not protected.
    RecallUnprotected(String),
    /// No such API key.
    NoSuchKey(String),
    /// The object already exists.
    Duplicate(String),
    /// The object is not of a kind that can be protected.
    WrongObject { message: String, hint: String },
    /// The table is not protected.
    NotProtected(String),
    /// The table is protected already.
    AlreadyProtected(String),
    /// The caller does not own the table or schema.
    NotOwner(String),
    /// The table would leak; every finding with the SQL that mends it.
    Leaks {
        table: String,
        findings: String,
        remedies: String,
    },
    /// The statement would weaken a protected table.
    Guarded {
        message: String,
        detail: String,
        hint: String,
    },
    /// The statement leaves something behind in the session or shows other tenants' data.
    Confined {
        what: &'static str,
        hint: &'static str,
    },
    /// A SECURITY DEFINER function would run as a role that row security does not bind.
    ExemptFunction { function: String, owner: String },
    /// A transaction whose snapshot is older than what it would have to see.
    OldSnapshot(&'static str),
    /// A page of an index is not as it should be.
    CorruptIndex {
        index: String,
        block: Option<u32>,
        what: &'static str,
    },
    /// An index that the access method cannot make.
    WrongIndex {
        message: &'static str,
        hint: &'static str,
    },
    /// A vector of another number of dimensions than the index's.
    Dimensions { expected: usize, found: usize },
    /// A row that is kept as it was written was to be changed.
    AppendOnly(String),
    /// The bound credential has a floor, and what was asked is about the whole tenant.
    PartOfTenant,
    /// No such trace, or not one that the caller may know of.
    NoSuchTrace(String),
    /// No checkpoint of that size.
    NoSuchCheckpoint(i64),
    /// Something is not in the log yet.
    NotSealed(String),
    /// There is no key to sign checkpoints with.
    NoSealKey,
    /// The file with that key cannot be used.
    SealKeyFile(String),
    /// None of its keys has signed this database's checkpoints.
    ForeignSealKey,
    /// The log of a tenant is not as it was written.
    DamagedLog(String),
    /// A trace is not as it was written.
    DamagedTrace(String),
    /// The row of trace_horizon is not as it was written.
    DamagedHorizon,
    /// A hard budget has no room for what is to be spent.
    BudgetExhausted { metric: Metric, detail: String },
    /// A soft budget's limit was crossed.
    BudgetCrossed { metric: Metric, detail: String },
    /// A standby writes no leases.
    BudgetOnStandby,
    /// No background worker could be started for the scribe.
    NoScribe,
    /// More databases than can have a scribe.
    NoDesk,
    /// No lease of a budget could be written down.
    LeaseFailed,
    /// All places for ledgers are taken.
    NoLedger,
    /// All places for reservations are taken, or the tenant's share of them.
    NoReservation,
    /// A reservation that was settled, has expired, is another tenant's or never was: deliberately one error.
    NotOpen(Uuid),
    /// An amount beyond what is counted.
    AmountTooLarge(&'static str),
    /// The operating system gave no random bytes.
    NoRandom,
    /// An SQL statement of the extension's own failed.
    Sql(String),
}

impl Error {
    /// SQLSTATE, by meaning.
    pub fn code(&self) -> PgSqlErrorCode {
        use PgSqlErrorCode::*;
        match self {
            Self::Unbound
            | Self::AnotherTenant
            | Self::ForAnotherTenant
            | Self::Scopes(_)
            | Self::MissingCapability(_)
            | Self::Unreached
            | Self::PartOfTenant
            | Self::AppendOnly(_)
            | Self::Widened(_)
            | Self::BegunWider
            | Self::WiderKey(_)
            | Self::CannotDelegate(_)
            | Self::SharedTenant
            | Self::Exempt { .. }
            | Self::WrongSource
            | Self::Suspended(_)
            | Self::NotOwner(_)
            | Self::Guarded { .. }
            | Self::Confined { .. }
            | Self::ExemptFunction { .. } => ERRCODE_INSUFFICIENT_PRIVILEGE,
            Self::KeyInSetting
            | Self::MissingCredential
            | Self::MalformedKey(_)
            | Self::Unrecognized
            | Self::UnknownKey
            | Self::RevokedKey
            | Self::Expired
            | Self::Token(_)
            | Self::Seal(_)
            | Self::ForeignSeal => ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION,
            Self::TemporarySchema
            | Self::NotInstalled
            | Self::TokensNotConfigured(_)
            | Self::KeySet(_)
            | Self::NoSealKey
            | Self::SealKeyFile(_)
            | Self::ForeignSealKey
            | Self::NotSealed(_)
            | Self::OldSnapshot(_)
            | Self::NotProtected(_)
            | Self::RecallUnprotected(_)
            | Self::AlreadyProtected(_) => ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
            Self::NoSuchTenant(_)
            | Self::NoSuchKey(_)
            | Self::NoSuchGrant(_)
            | Self::NoSuchTrace(_)
            | Self::NoSuchCheckpoint(_) => ERRCODE_UNDEFINED_OBJECT,
            Self::DamagedLog(_) | Self::DamagedTrace(_) | Self::DamagedHorizon => {
                ERRCODE_DATA_CORRUPTED
            }
            Self::BudgetExhausted { .. }
            | Self::NoScribe
            | Self::NoDesk
            | Self::NoLedger
            | Self::NoReservation => ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
            Self::BudgetCrossed { .. } => ERRCODE_WARNING,
            Self::BudgetOnStandby => ERRCODE_READ_ONLY_SQL_TRANSACTION,
            Self::LeaseFailed | Self::NotOpen(_) => ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
            Self::NotAScope(_) => ERRCODE_CHECK_VIOLATION,
            Self::NumberOutOfRange(_) | Self::AmountTooLarge(_) => {
                ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE
            }
            Self::UnsupportedTenantType => ERRCODE_DATATYPE_MISMATCH,
            Self::BadContext(_)
            | Self::Context(_)
            | Self::Capability(_)
            | Self::BadArgument { .. } => ERRCODE_INVALID_PARAMETER_VALUE,
            Self::NullArgument(_) => ERRCODE_NULL_VALUE_NOT_ALLOWED,
            Self::NoSuchColumn { .. } => ERRCODE_UNDEFINED_COLUMN,
            Self::AmbiguousColumn { .. } => ERRCODE_AMBIGUOUS_COLUMN,
            Self::CorruptIndex { .. } => ERRCODE_INDEX_CORRUPTED,
            Self::WrongIndex { .. } => ERRCODE_INVALID_OBJECT_DEFINITION,
            Self::Dimensions { .. } => ERRCODE_DATA_EXCEPTION,
            Self::Duplicate(_) => ERRCODE_DUPLICATE_OBJECT,
            Self::WrongObject { .. } => ERRCODE_WRONG_OBJECT_TYPE,
            Self::Leaks { .. } => ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
            Self::NoRandom | Self::Sql(_) => ERRCODE_SYSTEM_ERROR,
        }
    }

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
            Self::NoSuchTenant(t) => format!("tenant \"{t}\" does not exist"),
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
            Self::BadArgument { message, .. } | Self::AmbiguousColumn { message, .. } => {
                message.clone()
            }
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
            Self::NotInstalled => "Run CREATE EXTENSION pg_tenancy in this database.",
            Self::NoSuchKey(_) => "List the keys with SELECT * FROM tenancy.key_list.",
            Self::BadArgument { hint, .. } => hint,
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

impl Error {
    /// What was denied, when it is a denial.
    pub fn denial(&self) -> Option<Kind> {
        use PgSqlErrorCode::*;
        match (self, self.code()) {
            (Self::BudgetExhausted { .. } | Self::BudgetCrossed { .. }, _) => Some(Kind::Budget),
            (Self::Exempt { .. } | Self::Suspended(_), _)
            | (_, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION) => Some(Kind::Bind),
            (_, ERRCODE_INSUFFICIENT_PRIVILEGE) => Some(Kind::Policy),
            _ => None,
        }
    }

    /// Says it as a warning; for guarded functions only.
    pub fn warn(self) {
        crate::denial::note(&self);
        self.report().report(PgLogLevel::WARNING);
    }

    fn report(self) -> ErrorReport {
        let mut report = ErrorReport::new(self.code(), self.message(), "pg_tenancy");
        if let Some(detail) = self.detail() {
            report = report.set_detail(detail);
        }
        if let Some(hint) = self.hint() {
            report = report.set_hint(hint);
        }
        report
    }
}

/// Raises what failed; for guarded functions only.
pub fn refuse(outcome: Result<()>) {
    or_raise(outcome, ());
}

/// What was made, or raises; `otherwise` is never given, as an ERROR does not return. For guarded functions only.
pub fn or_raise<T>(outcome: Result<T>, otherwise: T) -> T {
    outcome.unwrap_or_else(|error| {
        ErrorReport::from(error).report(PgLogLevel::ERROR);
        otherwise
    })
}

impl From<Error> for ErrorReport {
    fn from(e: Error) -> Self {
        denial::note(&e);
        e.report()
    }
}

impl From<pgrx::spi::Error> for Error {
    fn from(e: pgrx::spi::Error) -> Self {
        Self::Sql(e.to_string())
    }
}
impl From<ContextError> for Error {
    fn from(e: ContextError) -> Self {
        Self::Context(e)
    }
}
impl From<CapabilityError> for Error {
    fn from(e: CapabilityError) -> Self {
        Self::Capability(e)
    }
}
impl From<ApiKeyError> for Error {
    fn from(e: ApiKeyError) -> Self {
        Self::MalformedKey(e)
    }
}
impl From<JwtError> for Error {
    fn from(e: JwtError) -> Self {
        Self::Token(e)
    }
}
impl From<SealError> for Error {
    fn from(e: SealError) -> Self {
        Self::Seal(e)
    }
}
