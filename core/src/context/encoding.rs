//! A context as one flat byte encoding.
//!
//! The same bytes are what a seal authenticates and what the accessors read for every row: a view reads any field in
//! constant time, roles and claims in time linear in their number, and never allocates. All integers are little endian.
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 1 | version, 1 |
//! | 1 | 1 | credential kind: 0 API key, 1 JWT |
//! | 2 | 1 | flags: 1 whole session, 2 has tenant id, 4 has key id, 8 has expiry, 16 has key on whose behalf it acts |
//! | 3 | 1 | zero |
//! | 4 | 4 | binding: proc number, signed |
//! | 8 | 4 | binding: pid, signed |
//! | 12 | 4 | binding: lxid |
//! | 16 | 4 | binding: database |
//! | 20 | 4 | capabilities |
//! | 24 | 8 | expiry, signed microseconds since the Unix epoch; zero if none |
//! | 32 | 16 | tenant id; zero if none |
//! | 48 | 16 | key id; zero if none |
//! | 64 | 16 | id of the key on whose behalf it acts; zero if none |
//! | 80 | 40 | where each of ten fields ends, 4 bytes each, counted from the blob's first byte |
//! | 120 | … | blob: the ten fields without gaps |
//!
//! The fields in order: tenant reference, principal, principal on whose behalf it acts, user id, correlation id, issuer
//! (texts), floor (canonical JSON), roles (strings), claims (pairs of strings, names sorted bytewise and unique),
//! metadata (JSON object). A string of roles and claims is its length in 4 bytes and then UTF-8. A claim's value is `s`
//! and the text of a string, or `j` and the JSON text of a number or boolean.

use serde_json::Value;
use uuid::Uuid;

use crate::json::{JsonError, parse_strict};

use super::{ContextError, CredentialKind, RunContext};

/// Longest encoding, in bytes.
pub const MAX_LEN: usize = 64 * 1024;

pub(super) const VERSION: u8 = 1;

pub(super) const VERSION_AT: usize = 0;
pub(super) const KIND_AT: usize = 1;
pub(super) const FLAGS_AT: usize = 2;
pub(super) const ZERO_AT: usize = 3;
pub(super) const PROC_NUMBER_AT: usize = 4;
pub(super) const PID_AT: usize = 8;
pub(super) const LXID_AT: usize = 12;
pub(super) const DATABASE_AT: usize = 16;
pub(super) const CAPABILITIES_AT: usize = 20;
pub(super) const EXPIRES_AT: usize = 24;
pub(super) const TENANT_ID_AT: usize = 32;
pub(super) const KEY_ID_AT: usize = 48;
pub(super) const ON_BEHALF_OF_KEY_AT: usize = 64;
pub(super) const ENDS_AT: usize = 80;
pub(super) const BLOB_AT: usize = 120;

pub(super) const WHOLE_SESSION: u8 = 1;
pub(super) const HAS_TENANT_ID: u8 = 2;
pub(super) const HAS_KEY_ID: u8 = 4;
pub(super) const HAS_EXPIRY: u8 = 8;
pub(super) const HAS_ON_BEHALF_OF_KEY: u8 = 16;
pub(super) const ALL_FLAGS: u8 =
    WHOLE_SESSION | HAS_TENANT_ID | HAS_KEY_ID | HAS_EXPIRY | HAS_ON_BEHALF_OF_KEY;

/// The fields of the blob; each one's number is its place in the table of ends.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Field {
    TenantRef = 0,
    Principal = 1,
    OnBehalfOf = 2,
    UserId = 3,
    CorrelationId = 4,
    Issuer = 5,
    Floor = 6,
    Roles = 7,
    Claims = 8,
    Metadata = 9,
}

pub(super) const FIELDS: usize = 10;

pub(super) const TEXT_FIELDS: [Field; 6] = [
    Field::TenantRef,
    Field::Principal,
    Field::OnBehalfOf,
    Field::UserId,
    Field::CorrelationId,
    Field::Issuer,
];

/// Marks a claim's value as the text of a string.
const STRING_CLAIM: u8 = b's';
/// Marks a claim's value as the JSON text of a number or boolean.
const JSON_CLAIM: u8 = b'j';

impl RunContext {
    /// Encodes the context, at most [`MAX_LEN`] bytes. Equal contexts have equal encodings.
    ///
    /// # Errors
    /// [`ContextError::TooLong`], [`ContextError::NoTenant`], [`ContextError::ClaimNotScalar`],
    /// [`ContextError::NulCharacter`], or [`ContextError::Metadata`] when it nests too deep. What is encoded is always
    /// accepted by [`super::ContextView::parse`].
    pub fn encode(&self) -> Result<Vec<u8>, ContextError> {
        if self.tenant_ref.is_empty() {
            return Err(ContextError::NoTenant);
        }
        let metadata = Value::Object(self.metadata.clone()).to_string();
        check_metadata(&metadata)?;

        let fields: [Vec<u8>; FIELDS] = [
            text_field(Field::TenantRef, &self.tenant_ref)?,
            text_field(Field::Principal, &self.principal)?,
            text_field(Field::OnBehalfOf, &self.on_behalf_of)?,
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
    pub(super) fn header(&self) -> Vec<u8> {
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        let flags = flag(self.binding.whole_session, WHOLE_SESSION)
            | flag(self.tenant_id.is_some(), HAS_TENANT_ID)
            | flag(self.key_id.is_some(), HAS_KEY_ID)
            | flag(self.expires_at.is_some(), HAS_EXPIRY)
            | flag(self.on_behalf_of_key.is_some(), HAS_ON_BEHALF_OF_KEY);
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
        for id in [self.tenant_id, self.key_id, self.on_behalf_of_key] {
            bytes.extend_from_slice(id.unwrap_or(Uuid::nil()).as_bytes());
        }
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

impl Field {
    /// How errors call the field.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::TenantRef => "tenant reference",
            Self::Principal => "principal",
            Self::OnBehalfOf => "principal on whose behalf it acts",
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

pub(super) fn check_text(field: Field, bytes: &[u8]) -> Result<&str, ContextError> {
    let text = str::from_utf8(bytes).map_err(|_| ContextError::NotUtf8(field.name()))?;
    if text.contains('\0') {
        return Err(ContextError::NulCharacter(field.name()));
    }
    Ok(text)
}

pub(super) fn check_metadata(text: &str) -> Result<(), ContextError> {
    match parse_strict(text, MAX_LEN) {
        Ok(Value::Object(_)) => Ok(()),
        Err(JsonError::NulCharacter) => Err(ContextError::NulCharacter(Field::Metadata.name())),
        Err(JsonError::TooLong(_)) => Err(ContextError::TooLong),
        _ => Err(ContextError::Metadata),
    }
}

/// The value of a claim from its tag and text; `None` if it isn't what is encoded.
pub(super) fn claim_value(tagged: &[u8]) -> Option<Value> {
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

pub(super) fn push_string(field: &mut Vec<u8>, string: &[u8]) -> Result<(), ContextError> {
    field.extend_from_slice(&length(string.len())?);
    field.extend_from_slice(string);
    Ok(())
}

fn length(length: usize) -> Result<[u8; 4], ContextError> {
    u32::try_from(length)
        .map(u32::to_le_bytes)
        .map_err(|_| ContextError::TooLong)
}
