//! What a bound session knows, as one flat byte encoding.
//!
//! The same bytes are what a seal authenticates and what the accessors read for every row: a view reads any field in
//! constant time, roles and claims in time linear in their number, and never allocates. All integers are little endian.
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 1 | version, 1 |
//! | 1 | 1 | credential kind: 0 API key, 1 JWT |
//! | 2 | 1 | flags: 1 whole session, 2 has tenant id, 4 has key id, 8 has expiry |
//! | 3 | 1 | zero |
//! | 4 | 4 | binding: proc number, signed |
//! | 8 | 4 | binding: pid, signed |
//! | 12 | 4 | binding: lxid |
//! | 16 | 4 | binding: database |
//! | 20 | 4 | capabilities |
//! | 24 | 8 | expiry, signed microseconds since the Unix epoch; zero if none |
//! | 32 | 16 | tenant id; zero if none |
//! | 48 | 16 | key id; zero if none |
//! | 64 | 36 | where each of nine fields ends, 4 bytes each, counted from the blob's first byte |
//! | 100 | … | blob: the nine fields without gaps |
//!
//! The fields in order: tenant reference, principal, user id, correlation id, issuer (texts), floor (canonical JSON),
//! roles (strings), claims (pairs of strings, names sorted bytewise and unique), metadata (JSON object). A string of
//! roles and claims is its length in 4 bytes and then UTF-8. A claim's value is `s` and the text of a string, or `j` and
//! the JSON text of a number or boolean.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::capability::Capabilities;
use crate::json::{JsonError, parse_strict};
use crate::quote::quoted;
use crate::scope::{Scope, ScopeError};
use crate::timestamp::rfc3339;

/// Longest encoding, in bytes.
pub const MAX_LEN: usize = 64 * 1024;

const VERSION: u8 = 1;

const VERSION_AT: usize = 0;
const KIND_AT: usize = 1;
const FLAGS_AT: usize = 2;
const ZERO_AT: usize = 3;
const PROC_NUMBER_AT: usize = 4;
const PID_AT: usize = 8;
const LXID_AT: usize = 12;
const DATABASE_AT: usize = 16;
const CAPABILITIES_AT: usize = 20;
const EXPIRES_AT: usize = 24;
const TENANT_ID_AT: usize = 32;
const KEY_ID_AT: usize = 48;
const ENDS_AT: usize = 64;
const BLOB_AT: usize = 100;

const WHOLE_SESSION: u8 = 1;
const HAS_TENANT_ID: u8 = 2;
const HAS_KEY_ID: u8 = 4;
const HAS_EXPIRY: u8 = 8;
const ALL_FLAGS: u8 = WHOLE_SESSION | HAS_TENANT_ID | HAS_KEY_ID | HAS_EXPIRY;

/// The fields of the blob; each one's number is its place in the table of ends.
#[derive(Clone, Copy, PartialEq)]
enum Field {
    TenantRef = 0,
    Principal = 1,
    UserId = 2,
    CorrelationId = 3,
    Issuer = 4,
    Floor = 5,
    Roles = 6,
    Claims = 7,
    Metadata = 8,
}

const FIELDS: usize = 9;

const TEXT_FIELDS: [Field; 5] = [
    Field::TenantRef,
    Field::Principal,
    Field::UserId,
    Field::CorrelationId,
    Field::Issuer,
];

/// Marks a claim's value as the text of a string.
const STRING_CLAIM: u8 = b's';
/// Marks a claim's value as the JSON text of a number or boolean.
const JSON_CLAIM: u8 = b'j';

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
    /// On behalf of which user it acts.
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

impl RunContext {
    /// Encodes the context, at most [`MAX_LEN`] bytes. Equal contexts have equal encodings.
    ///
    /// # Errors
    /// [`ContextError::TooLong`], [`ContextError::NoTenant`], [`ContextError::ClaimNotScalar`],
    /// [`ContextError::NulCharacter`], or [`ContextError::Metadata`] when it nests too deep. What is encoded is always
    /// accepted by [`ContextView::parse`].
    pub fn encode(&self) -> Result<Vec<u8>, ContextError> {
        if self.tenant_ref.is_empty() {
            return Err(ContextError::NoTenant);
        }
        let metadata = Value::Object(self.metadata.clone()).to_string();
        check_metadata(&metadata)?;

        let fields: [Vec<u8>; FIELDS] = [
            text_field(Field::TenantRef, &self.tenant_ref)?,
            text_field(Field::Principal, &self.principal)?,
            text_field(Field::UserId, &self.user_id)?,
            text_field(Field::CorrelationId, &self.correlation_id)?,
            text_field(Field::Issuer, &self.issuer)?,
            self.floor.to_json().into_bytes(),
            self.roles_field()?,
            self.claims_field()?,
            metadata.into_bytes(),
        ];

        let mut bytes = self.header();
        let mut end: usize = 0;
        for field in &fields {
            end = end.saturating_add(field.len());
            bytes.extend_from_slice(&length(end)?);
        }
        if end > MAX_LEN.saturating_sub(BLOB_AT) {
            return Err(ContextError::TooLong);
        }
        for field in &fields {
            bytes.extend_from_slice(field);
        }
        Ok(bytes)
    }

    /// The bytes before the table of ends.
    fn header(&self) -> Vec<u8> {
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        let flags = flag(self.binding.whole_session, WHOLE_SESSION)
            | flag(self.tenant_id.is_some(), HAS_TENANT_ID)
            | flag(self.key_id.is_some(), HAS_KEY_ID)
            | flag(self.expires_at.is_some(), HAS_EXPIRY);
        let kind = match self.kind {
            CredentialKind::ApiKey => 0,
            CredentialKind::Jwt => 1,
        };
        let mut bytes = vec![VERSION, kind, flags, 0];
        bytes.extend_from_slice(&self.binding.proc_number.to_le_bytes());
        bytes.extend_from_slice(&self.binding.pid.to_le_bytes());
        bytes.extend_from_slice(&self.binding.lxid.to_le_bytes());
        bytes.extend_from_slice(&self.binding.database.to_le_bytes());
        bytes.extend_from_slice(&self.capabilities.bits().to_le_bytes());
        bytes.extend_from_slice(&self.expires_at.unwrap_or(0).to_le_bytes());
        bytes.extend_from_slice(self.tenant_id.unwrap_or(Uuid::nil()).as_bytes());
        bytes.extend_from_slice(self.key_id.unwrap_or(Uuid::nil()).as_bytes());
        bytes
    }

    fn roles_field(&self) -> Result<Vec<u8>, ContextError> {
        let mut field = Vec::new();
        for role in &self.roles {
            push_string(&mut field, &text_field(Field::Roles, role)?)?;
        }
        Ok(field)
    }

    fn claims_field(&self) -> Result<Vec<u8>, ContextError> {
        let mut field = Vec::new();
        for (name, value) in &self.claims {
            let (tag, text) = match value {
                Value::String(text) => (STRING_CLAIM, text.clone()),
                Value::Number(_) | Value::Bool(_) => (JSON_CLAIM, value.to_string()),
                Value::Null | Value::Array(_) | Value::Object(_) => {
                    return Err(ContextError::ClaimNotScalar(name.clone()));
                }
            };
            let mut tagged = vec![tag];
            tagged.extend_from_slice(&text_field(Field::Claims, &text)?);
            push_string(&mut field, &text_field(Field::Claims, name)?)?;
            push_string(&mut field, &tagged)?;
        }
        Ok(field)
    }
}

/// A context read in place. Nothing here panics or allocates, whatever the bytes are, except [`ContextView::to_json`],
/// [`ContextView::to_context`] and [`ContextView::parse`], which allocate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ContextView<'a>(&'a [u8]);

impl std::fmt::Debug for ContextView<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ContextView")
            .field("len", &self.0.len())
            .finish_non_exhaustive()
    }
}

impl<'a> ContextView<'a> {
    /// Takes bytes of any origin, and checks all of their structure. That the bytes are honest is for a seal to say.
    ///
    /// # Errors
    /// [`ContextError`] unless every getter will find what [`RunContext::encode`] writes.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ContextError> {
        let view = Self(bytes);
        view.check_header()?;
        view.check_ends()?;
        view.check_texts()?;
        view.check_floor()?;
        view.check_roles()?;
        view.check_claims()?;
        check_metadata(view.text(Field::Metadata))?;
        Ok(view)
    }

    /// Takes bytes that [`ContextView::parse`] accepted before, checking only version and length. `None` if even these
    /// are wrong. On other bytes the getters return wrong or empty values, but never panic.
    pub fn trusted(bytes: &'a [u8]) -> Option<Self> {
        let view = Self(bytes);
        let blob_len = bytes.len().checked_sub(BLOB_AT)?;
        let last_end = usize::try_from(view.end(Field::Metadata as usize)?).ok()?;
        (view.byte(VERSION_AT) == VERSION && last_end == blob_len && bytes.len() <= MAX_LEN)
            .then_some(view)
    }

    /// The encoding itself.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// Length of the encoding, in bytes.
    #[expect(clippy::len_without_is_empty, reason = "no context is empty")]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// The session and transaction the context is good for.
    pub fn binding(&self) -> Binding {
        Binding {
            proc_number: i32::from_le_bytes(self.array(PROC_NUMBER_AT)),
            pid: i32::from_le_bytes(self.array(PID_AT)),
            lxid: u32::from_le_bytes(self.array(LXID_AT)),
            database: u32::from_le_bytes(self.array(DATABASE_AT)),
            whole_session: self.flag(WHOLE_SESSION),
        }
    }

    /// With what the session was bound.
    pub fn kind(&self) -> CredentialKind {
        if self.byte(KIND_AT) == 0 {
            CredentialKind::ApiKey
        } else {
            CredentialKind::Jwt
        }
    }

    /// The tenant as the credential names it: the text of a UUID, or a slug.
    pub fn tenant_ref(&self) -> &'a str {
        self.text(Field::TenantRef)
    }

    /// The tenant's id, if known when the context was made.
    pub fn tenant_id(&self) -> Option<Uuid> {
        self.flag(HAS_TENANT_ID)
            .then(|| Uuid::from_bytes(self.array(TENANT_ID_AT)))
    }

    /// The key's id, if bound with a key.
    pub fn key_id(&self) -> Option<Uuid> {
        self.flag(HAS_KEY_ID)
            .then(|| Uuid::from_bytes(self.array(KEY_ID_AT)))
    }

    /// What may be done; nothing if the bits are invalid.
    pub fn capabilities(&self) -> Capabilities {
        Capabilities::from_bits(u32::from_le_bytes(self.array(CAPABILITIES_AT)))
            .unwrap_or(Capabilities::NONE)
    }

    /// When the credential ends, in microseconds since the Unix epoch; `None` if it doesn't.
    pub fn expires_at(&self) -> Option<i64> {
        self.flag(HAS_EXPIRY)
            .then(|| i64::from_le_bytes(self.array(EXPIRES_AT)))
    }

    /// Who holds the credential; empty if unknown.
    pub fn principal(&self) -> &'a str {
        self.text(Field::Principal)
    }

    /// On behalf of which user it acts; empty if none.
    pub fn user_id(&self) -> &'a str {
        self.text(Field::UserId)
    }

    /// Ties what is done to a request elsewhere; empty if none.
    pub fn correlation_id(&self) -> &'a str {
        self.text(Field::CorrelationId)
    }

    /// Issuer of the JWT; empty if bound with a key.
    pub fn issuer(&self) -> &'a str {
        self.text(Field::Issuer)
    }

    /// The floor as canonical JSON.
    pub fn floor_json(&self) -> &'a str {
        self.text(Field::Floor)
    }

    /// The metadata as the JSON text of an object.
    pub fn metadata_json(&self) -> &'a str {
        self.text(Field::Metadata)
    }

    /// Whether the user has a role, compared bytewise.
    pub fn has_role(&self, role: &str) -> bool {
        self.strings(Field::Roles)
            .any(|found| found == role.as_bytes())
    }

    /// Whether there is a claim of this name.
    pub fn has_claim(&self, name: &str) -> bool {
        self.claim(name).is_some()
    }

    /// Whether the claim of this name has this value: a string claim its text, another its JSON text (`12`, `true`).
    pub fn has_claim_value(&self, name: &str, value: &str) -> bool {
        self.claim(name)
            .and_then(<[u8]>::split_first)
            .is_some_and(|(_, text)| text == value.as_bytes())
    }

    /// The roles, in the order given.
    pub fn roles(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.strings(Field::Roles)
            .map(|role| str::from_utf8(role).unwrap_or(""))
    }

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
        Self::parse(self.0)?;
        Ok(RunContext {
            binding: self.binding(),
            kind: self.kind(),
            tenant_ref: self.tenant_ref().to_owned(),
            tenant_id: self.tenant_id(),
            key_id: self.key_id(),
            capabilities: self.capabilities(),
            expires_at: self.expires_at(),
            principal: self.principal().to_owned(),
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

    // Reading. Out of bounds is zero or empty, so that no byte string can make a getter panic.

    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        self.0
            .get(at..)
            .and_then(<[u8]>::first_chunk)
            .copied()
            .unwrap_or([0; N])
    }

    fn byte(&self, at: usize) -> u8 {
        self.0.get(at).copied().unwrap_or(0)
    }

    fn flag(&self, flag: u8) -> bool {
        self.byte(FLAGS_AT) & flag != 0
    }

    /// Where the field of this number ends, from the blob's first byte.
    fn end(&self, number: usize) -> Option<u32> {
        let at = number.checked_mul(4)?.checked_add(ENDS_AT)?;
        let bytes = self.0.get(at..)?.first_chunk()?;
        Some(u32::from_le_bytes(*bytes))
    }

    fn field(&self, field: Field) -> &'a [u8] {
        self.field_bytes(field as usize).unwrap_or(&[])
    }

    fn field_bytes(&self, number: usize) -> Option<&'a [u8]> {
        let start = match number.checked_sub(1) {
            Some(before) => usize::try_from(self.end(before)?).ok()?,
            None => 0,
        };
        let end = usize::try_from(self.end(number)?).ok()?;
        self.0.get(BLOB_AT..)?.get(start..end)
    }

    fn text(&self, field: Field) -> &'a str {
        str::from_utf8(self.field(field)).unwrap_or("")
    }

    fn strings(&self, field: Field) -> Strings<'a> {
        Strings(self.field(field))
    }

    /// The tagged value of a claim.
    fn claim(&self, name: &str) -> Option<&'a [u8]> {
        let mut strings = self.strings(Field::Claims);
        while let (Some(found), Some(value)) = (strings.next(), strings.next()) {
            if found == name.as_bytes() {
                return Some(value);
            }
        }
        None
    }

    fn claims(&self) -> BTreeMap<String, Value> {
        let mut claims = BTreeMap::new();
        let mut strings = self.strings(Field::Claims);
        while let (Some(name), Some(value)) = (strings.next(), strings.next()) {
            if let (Ok(name), Some(value)) = (str::from_utf8(name), claim_value(value)) {
                claims.insert(name.to_owned(), value);
            }
        }
        claims
    }

    // Checking, in the order in which each step relies on the one before.

    fn check_header(&self) -> Result<(), ContextError> {
        if self.0.len() > MAX_LEN {
            return Err(ContextError::TooLong);
        }
        if self.0.len() < BLOB_AT {
            return Err(ContextError::Truncated);
        }
        if self.byte(VERSION_AT) != VERSION {
            return Err(ContextError::Version);
        }
        let capabilities = u32::from_le_bytes(self.array(CAPABILITIES_AT));
        let absent_is_zero = (self.flag(HAS_TENANT_ID) || self.array(TENANT_ID_AT) == [0; 16])
            && (self.flag(HAS_KEY_ID) || self.array(KEY_ID_AT) == [0; 16])
            && (self.flag(HAS_EXPIRY) || self.array(EXPIRES_AT) == [0; 8]);
        if self.byte(KIND_AT) > 1
            || self.byte(FLAGS_AT) & !ALL_FLAGS != 0
            || self.byte(ZERO_AT) != 0
            || Capabilities::from_bits(capabilities).is_none()
            || !absent_is_zero
        {
            return Err(ContextError::Header);
        }
        Ok(())
    }

    fn check_ends(&self) -> Result<(), ContextError> {
        let mut start = 0;
        for number in 0..FIELDS {
            let end = self.end(number).ok_or(ContextError::Truncated)?;
            if end < start {
                return Err(ContextError::Offsets);
            }
            start = end;
        }
        let blob_len = self.0.len().saturating_sub(BLOB_AT);
        if usize::try_from(start).ok() != Some(blob_len) {
            return Err(ContextError::Offsets);
        }
        Ok(())
    }

    fn check_texts(&self) -> Result<(), ContextError> {
        for field in TEXT_FIELDS {
            check_text(field, self.field(field))?;
        }
        if self.field(Field::TenantRef).is_empty() {
            return Err(ContextError::NoTenant);
        }
        check_text(Field::Metadata, self.field(Field::Metadata))?;
        Ok(())
    }

    fn check_floor(&self) -> Result<(), ContextError> {
        let text = check_text(Field::Floor, self.field(Field::Floor))?;
        if Scope::parse(text)?.to_json() != text {
            return Err(ContextError::Floor);
        }
        Ok(())
    }

    fn check_roles(&self) -> Result<(), ContextError> {
        let mut strings = self.strings(Field::Roles);
        for role in strings.by_ref() {
            check_text(Field::Roles, role)?;
        }
        if !strings.0.is_empty() {
            return Err(ContextError::List(Field::Roles.name()));
        }
        Ok(())
    }

    fn check_claims(&self) -> Result<(), ContextError> {
        const MALFORMED: ContextError = ContextError::List(Field::Claims.name());
        let mut strings = self.strings(Field::Claims);
        let mut before: Option<&[u8]> = None;
        while let Some(name) = strings.next() {
            let value = strings.next().ok_or(MALFORMED)?;
            check_text(Field::Claims, name)?;
            check_text(Field::Claims, value)?;
            if claim_value(value).is_none() || before.is_some_and(|before| before >= name) {
                return Err(MALFORMED);
            }
            before = Some(name);
        }
        if !strings.0.is_empty() {
            return Err(MALFORMED);
        }
        Ok(())
    }
}

/// Length-prefixed strings, up to the end or the first that is cut short; what is left then stays in the slice.
struct Strings<'a>(&'a [u8]);

impl<'a> Iterator for Strings<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (string, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(string)
    }
}

impl Field {
    /// How errors call the field.
    const fn name(self) -> &'static str {
        match self {
            Self::TenantRef => "tenant reference",
            Self::Principal => "principal",
            Self::UserId => "user id",
            Self::CorrelationId => "correlation id",
            Self::Issuer => "issuer",
            Self::Floor => "floor",
            Self::Roles => "roles",
            Self::Claims => "claims",
            Self::Metadata => "metadata",
        }
    }
}

fn text_field(field: Field, text: &str) -> Result<Vec<u8>, ContextError> {
    check_text(field, text.as_bytes()).map(|text| text.as_bytes().to_vec())
}

fn check_text(field: Field, bytes: &[u8]) -> Result<&str, ContextError> {
    let text = str::from_utf8(bytes).map_err(|_| ContextError::NotUtf8(field.name()))?;
    if text.contains('\0') {
        return Err(ContextError::NulCharacter(field.name()));
    }
    Ok(text)
}

fn check_metadata(text: &str) -> Result<(), ContextError> {
    match parse_strict(text, MAX_LEN) {
        Ok(Value::Object(_)) => Ok(()),
        Err(JsonError::NulCharacter) => Err(ContextError::NulCharacter(Field::Metadata.name())),
        Err(JsonError::TooLong(_)) => Err(ContextError::TooLong),
        _ => Err(ContextError::Metadata),
    }
}

/// The value of a claim from its tag and text; `None` if it isn't what is encoded.
fn claim_value(tagged: &[u8]) -> Option<Value> {
    let (tag, text) = tagged.split_first()?;
    let text = str::from_utf8(text).ok()?;
    match *tag {
        STRING_CLAIM => Some(Value::from(text)),
        JSON_CLAIM => parse_strict(text, MAX_LEN)
            .ok()
            .filter(|value| value.is_number() || value.is_boolean())
            // The text must be the one spelling of its value, or equal claims would compare unequal.
            .filter(|value| serde_json::to_string(value).is_ok_and(|spelling| spelling == text)),
        _ => None,
    }
}

fn object(text: &str) -> Value {
    parse_strict(text, MAX_LEN).unwrap_or(Value::Null)
}

fn push_string(field: &mut Vec<u8>, string: &[u8]) -> Result<(), ContextError> {
    field.extend_from_slice(&length(string.len())?);
    field.extend_from_slice(string);
    Ok(())
}

fn length(length: usize) -> Result<[u8; 4], ContextError> {
    u32::try_from(length)
        .map(u32::to_le_bytes)
        .map_err(|_| ContextError::TooLong)
}

#[cfg(test)]
mod tests;
