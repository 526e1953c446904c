//! Reading a context in place.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use crate::capability::Capabilities;
use crate::scope::Scope;

use super::encoding::*;
use super::{Binding, ContextError, CredentialKind};

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
    /// [`ContextError`] unless every getter will find what [`super::RunContext::encode`] writes.
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
        self.id(HAS_TENANT_ID, TENANT_ID_AT)
    }

    /// The key's id, if bound with a key.
    pub fn key_id(&self) -> Option<Uuid> {
        self.id(HAS_KEY_ID, KEY_ID_AT)
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

    /// The principal on whose behalf it acts; empty if none.
    pub fn on_behalf_of(&self) -> &'a str {
        self.text(Field::OnBehalfOf)
    }

    /// The key of the credential on whose behalf it acts, if it acts on one's behalf and that is a key.
    pub fn on_behalf_of_key(&self) -> Option<Uuid> {
        self.id(HAS_ON_BEHALF_OF_KEY, ON_BEHALF_OF_KEY_AT)
    }

    /// The user whose request it serves; empty if none.
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

    fn id(&self, flag: u8, at: usize) -> Option<Uuid> {
        self.flag(flag).then(|| Uuid::from_bytes(self.array(at)))
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

    pub(super) fn claims(&self) -> BTreeMap<String, Value> {
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
        let absent_is_zero = (self.flag(HAS_EXPIRY) || self.array(EXPIRES_AT) == [0; 8])
            && [
                (HAS_TENANT_ID, TENANT_ID_AT),
                (HAS_KEY_ID, KEY_ID_AT),
                (HAS_ON_BEHALF_OF_KEY, ON_BEHALF_OF_KEY_AT),
            ]
            .into_iter()
            .all(|(flag, at)| self.flag(flag) || self.array(at) == [0; 16]);
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
