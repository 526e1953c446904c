//! What a bound session knows: which tenant, by which credential, with which rights, on whose behalf.
//!
//! [`RunContext`] is a context to be made, [`ContextView`] one that is read where it lies; both are the same bytes.

mod encoding;
mod view;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::capability::Capabilities;
use crate::json::parse_strict;
use crate::quote::quoted;
use crate::scope::{Scope, ScopeError};
use crate::timestamp::rfc3339;

pub use encoding::MAX_LEN;
pub use view::ContextView;

/// With what a session was bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CredentialKind {
    /// An API key of the catalog.
    ApiKey,
    /// A JWT of a trusted issuer.
    Jwt,
}

/// The session and transaction that a context is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Binding {
    /// Place of the server process in the process array.
    pub proc_number: i32,
    /// Process id.
    pub pid: i32,
    /// Local transaction id.
    pub lxid: u32,
    /// Identifier of the database.
    pub database: u32,
    /// Whether the context outlives its transaction.
    pub whole_session: bool,
}

impl Binding {
    /// Whether a context made for `made` is one of this backend, database and transaction. A parallel worker takes over
    /// whatever its leader has, stale or not, so that both have the same; whether it holds is asked at each use.
    pub fn admits(&self, made: &Self, worker: bool) -> bool {
        let same_backend = self.proc_number == made.proc_number
            && self.pid == made.pid
            && self.database == made.database;
        same_backend && (made.whole_session || worker || self.lxid == made.lxid)
    }
}

/// A context, owned, to be encoded. Absent texts are empty.
#[derive(Debug, Clone, PartialEq)]
pub struct RunContext {
    /// The session and transaction it is good for.
    pub binding: Binding,
    /// With what the session was bound.
    pub kind: CredentialKind,
    /// The tenant as the credential names it: the text of a UUID, or a slug. Never empty.
    pub tenant_ref: String,
    /// The tenant's id, known when bound with a key.
    pub tenant_id: Option<Uuid>,
    /// The key's id, when bound with a key.
    pub key_id: Option<Uuid>,
    /// What may be done.
    pub capabilities: Capabilities,
    /// When the credential ends, in microseconds since the Unix epoch; `None` if it doesn't.
    pub expires_at: Option<i64>,
    /// Who holds the credential.
    pub principal: String,
    /// The principal on whose behalf it acts, that of a second credential.
    pub on_behalf_of: String,
    /// The second credential's key, when it is one.
    pub on_behalf_of_key: Option<Uuid>,
    /// The user whose request it serves.
    pub user_id: String,
    /// Ties what is done to a request elsewhere.
    pub correlation_id: String,
    /// Issuer of the JWT.
    pub issuer: String,
    /// The scope that nothing it does may leave.
    pub floor: Scope,
    /// The user's roles, in the order given.
    pub roles: Vec<String>,
    /// The JWT's scalar claims: strings, numbers and booleans.
    pub claims: BTreeMap<String, Value>,
    /// Whatever else the caller wants carried.
    pub metadata: Map<String, Value>,
}

/// Why a context can't be encoded or bytes aren't a context. No message shows a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContextError {
    /// The encoding is longer than [`MAX_LEN`].
    #[error("the context is longer than {MAX_LEN} bytes")]
    TooLong,
    /// The tenant reference is empty.
    #[error("the context names no tenant")]
    NoTenant,
    /// A claim is null, an array or an object; holds its name.
    #[error("claim {} is not a string, number or boolean", quoted(.0))]
    ClaimNotScalar(String),
    /// A text holds U+0000; names the field.
    #[error("the context's {0} holds the character U+0000")]
    NulCharacter(&'static str),
    /// The bytes end before the header does.
    #[error("the context is cut short")]
    Truncated,
    /// The first byte is no version that this release reads.
    #[error("the context has an unknown version")]
    Version,
    /// The header has a kind, flag or capability that doesn't exist, or a value where its flag says there is none.
    #[error("the context's header is invalid")]
    Header,
    /// The ends of the fields decrease or don't match the length.
    #[error("the context's fields overlap or leave gaps")]
    Offsets,
    /// A text isn't UTF-8; names the field.
    #[error("the context's {0} is not UTF-8")]
    NotUtf8(&'static str),
    /// The list of roles or claims is malformed; names the field.
    #[error("the context's {0} are malformed")]
    List(&'static str),
    /// The floor isn't a scope, or not in its canonical text.
    #[error("the context's floor is not a canonical scope")]
    Floor,
    /// The metadata isn't a strict JSON object.
    #[error("the context's metadata is not a JSON object")]
    Metadata,
}

impl From<ScopeError> for ContextError {
    fn from(_: ScopeError) -> Self {
        Self::Floor
    }
}

impl ContextView<'_> {
    /// The context for people: everything but the binding. Absent texts and ids are null, `expires_at` is RFC 3339 in
    /// UTC (or the number of microseconds since the Unix epoch, outside the years 1970 to 9999).
    pub fn to_json(&self) -> Value {
        let text = |text: &str| {
            if text.is_empty() {
                Value::Null
            } else {
                Value::from(text)
            }
        };
        let id = |id: Option<Uuid>| id.map(|id| id.to_string());
        let on_behalf_of = match (self.on_behalf_of(), self.on_behalf_of_key()) {
            ("", None) => Value::Null,
            (principal, key) => json!({"principal": text(principal), "key_id": id(key)}),
        };
        json!({
            "credential": match self.kind() {
                CredentialKind::ApiKey => "api_key",
                CredentialKind::Jwt => "jwt",
            },
            "tenant": text(self.tenant_ref()),
            "tenant_id": id(self.tenant_id()),
            "key_id": id(self.key_id()),
            "capabilities": self.capabilities().names(),
            "expires_at": self.expires_at().map(|at| rfc3339(at).map_or(Value::from(at), Value::from)),
            "principal": text(self.principal()),
            "on_behalf_of": on_behalf_of,
            "user_id": text(self.user_id()),
            "correlation_id": text(self.correlation_id()),
            "issuer": text(self.issuer()),
            "scope": object(self.floor_json()),
            "roles": self.roles().collect::<Vec<_>>(),
            "claims": self.claims(),
            "metadata": object(self.metadata_json()),
        })
    }

    /// The context, owned, to be changed and encoded anew.
    ///
    /// # Errors
    /// [`ContextError`] if the bytes aren't what [`ContextView::parse`] accepts.
    pub fn to_context(&self) -> Result<RunContext, ContextError> {
        Self::parse(self.as_bytes())?;
        Ok(RunContext {
            binding: self.binding(),
            kind: self.kind(),
            tenant_ref: self.tenant_ref().to_owned(),
            tenant_id: self.tenant_id(),
            key_id: self.key_id(),
            capabilities: self.capabilities(),
            expires_at: self.expires_at(),
            principal: self.principal().to_owned(),
            on_behalf_of: self.on_behalf_of().to_owned(),
            on_behalf_of_key: self.on_behalf_of_key(),
            user_id: self.user_id().to_owned(),
            correlation_id: self.correlation_id().to_owned(),
            issuer: self.issuer().to_owned(),
            floor: Scope::parse(self.floor_json())?,
            roles: self.roles().map(str::to_owned).collect(),
            claims: self.claims(),
            metadata: match object(self.metadata_json()) {
                Value::Object(members) => members,
                _ => return Err(ContextError::Metadata),
            },
        })
    }
}

fn object(text: &str) -> Value {
    parse_strict(text, MAX_LEN).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests;
