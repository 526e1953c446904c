//! Every error a user can meet: its SQLSTATE, message, detail and hint are decided here and nowhere else.

mod text;

use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use tenancy_core::{
    api_key::ApiKeyError, budget::Metric, capability::CapabilityError, context::ContextError,
    jwt::JwtError, rights::Wider, scope::ScopeError, seal::SealError,
};
use uuid::Uuid;

use crate::denial::{self, Kind};

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
    /// A token is of a tenant that does not exist.
    TokenOfNobody(String),
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
    /// A schema of which no suite of attacks can be made.
    NothingToAttack { message: String, hint: &'static str },
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
    /// A proof was asked for by a session that has a tenant bound.
    BoundProver,
    /// A function waited in vain for what another transaction has locked.
    Locked(&'static str),
    /// No such run of a proof.
    NoSuchRun(Uuid),
    /// The evidence of a run cannot be kept or given.
    Evidence(String),
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
            | Self::BoundProver
            | Self::NotProtected(_)
            | Self::RecallUnprotected(_)
            | Self::NothingToAttack { .. }
            | Self::AlreadyProtected(_) => ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
            Self::Locked(_) => ERRCODE_LOCK_NOT_AVAILABLE,
            Self::NoSuchTenant(_)
            | Self::TokenOfNobody(_)
            | Self::NoSuchKey(_)
            | Self::NoSuchGrant(_)
            | Self::NoSuchTrace(_)
            | Self::NoSuchCheckpoint(_)
            | Self::NoSuchRun(_) => ERRCODE_UNDEFINED_OBJECT,
            Self::DamagedLog(_)
            | Self::DamagedTrace(_)
            | Self::DamagedHorizon
            | Self::Evidence(_) => ERRCODE_DATA_CORRUPTED,
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
}

impl Error {
    /// What was denied, when it is a denial.
    pub fn denial(&self) -> Option<Kind> {
        use PgSqlErrorCode::*;
        match (self, self.code()) {
            (Self::BudgetExhausted { .. } | Self::BudgetCrossed { .. }, _) => Some(Kind::Budget),
            (Self::Exempt { .. } | Self::Suspended(_) | Self::TokenOfNobody(_), _)
            | (_, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION) => Some(Kind::Bind),
            (_, ERRCODE_INSUFFICIENT_PRIVILEGE) => Some(Kind::Policy),
            _ => None,
        }
    }

    /// Says it as a warning; for guarded functions only.
    pub fn warn(self) {
        denial::note(&self);
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

/// The five characters of an SQLSTATE, which Postgres packs six bits each.
pub fn sqlstate(packed: i32) -> String {
    (0..5)
        .map(|place| char::from((((packed >> (6 * place)) & 0x3F) as u8).wrapping_add(b'0')))
        .collect()
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
