//! What the log says of one decision, in the one form that is hashed: RFC 8785 canonical JSON.
//!
//! The form is written directly, its members in sorted order, as this runs for each row that is traced or verified.
//! Members that are absent are left out. `v` is the form's version: a record is verified as long as it is kept, so a
//! later form gets another number and this one stays.

use std::borrow::Cow;
use std::fmt::Write;

use serde_json_canonicalizer as jcs;
use uuid::Uuid;

use super::{Hash, leaf_hash};
use crate::scope::{MAX_BYTES, MAX_PAIRS, Scope, ScopeError};
use crate::timestamp::rfc3339_micros;

/// The members of a record, sorted, all of them.
pub const MEMBERS: [&str; 25] = [
    "correlation_id",
    "cost_usd",
    "duration_ms",
    "input_tokens",
    "key_id",
    "kind",
    "model",
    "on_behalf_of",
    "otel_span_id",
    "otel_trace_id",
    "outcome",
    "output_tokens",
    "parent_id",
    "payload_digest",
    "principal",
    "recorded_at",
    "scope",
    "session_id",
    "tenant_id",
    "tier",
    "tool",
    "trace_id",
    "turn",
    "user_id",
    "v",
];

/// The largest whole number up to which a double, and so JSON, holds every one.
const MAX_INTEGER: i64 = 1 << 53;

/// Most characters of a cost.
const MAX_COST_LEN: usize = 100;

/// One decision.
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(
    missing_docs,
    reason = "they are the columns of tenancy.decision_trace"
)]
pub struct Record<'a> {
    pub trace_id: Uuid,
    pub tenant_id: Uuid,
    /// Canonical JSON of the scope; any other spelling of it gives the same record.
    pub scope: &'a str,
    /// Microseconds since the Unix epoch.
    pub recorded_at: i64,
    pub kind: &'a str,
    pub principal: Option<&'a str>,
    pub key_id: Option<Uuid>,
    pub user_id: Option<&'a str>,
    pub on_behalf_of: Option<&'a str>,
    pub correlation_id: Option<&'a str>,
    pub session_id: Option<&'a str>,
    pub turn: Option<i64>,
    pub parent_id: Option<Uuid>,
    /// 32 hexadecimal digits.
    pub otel_trace_id: Option<&'a str>,
    /// 16 hexadecimal digits.
    pub otel_span_id: Option<&'a str>,
    pub model: Option<&'a str>,
    pub tool: Option<&'a str>,
    pub input_tokens: Option<i64>,
    pub output_tokens: Option<i64>,
    /// A decimal; spellings of one number, such as 0.1 and 0.10, are one cost.
    pub cost_usd: Option<&'a str>,
    pub duration_ms: Option<f64>,
    pub tier: Option<&'a str>,
    pub outcome: Option<&'a str>,
    /// Of the [`payload`](super::payload), if there is one.
    pub payload_digest: Option<Hash>,
}

/// Why something can't be recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The scope isn't one.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// An instant outside the years 1970 to 9999.
    #[error("recorded_at lies outside the years 1970 to 9999")]
    Time,
    /// A whole number that JSON can't hold; names the member.
    #[error("{0} lies outside ±2^53")]
    Integer(&'static str),
    /// Not a decimal of at most 100 characters.
    #[error("cost_usd is not a decimal number")]
    Cost,
    /// Not a number.
    #[error("duration_ms is not a finite number")]
    Duration,
    /// A text holds U+0000; names the member.
    #[error("{0} holds the character U+0000")]
    NulCharacter(&'static str),
}

impl Record<'_> {
    /// The record as RFC 8785 canonical JSON.
    ///
    /// # Errors
    /// [`RecordError`] for what has no canonical form.
    pub fn to_json(&self) -> Result<String, RecordError> {
        let mut object = Object::with_capacity(768);
        object.optional_text("correlation_id", self.correlation_id)?;
        if let Some(cost) = self.cost_usd {
            object.text("cost_usd", &decimal(cost)?)?;
        }
        if let Some(duration) = self.duration_ms {
            let number = jcs::to_string(&duration).map_err(|_| RecordError::Duration)?;
            object.raw("duration_ms", &number);
        }
        object.optional_integer("input_tokens", self.input_tokens)?;
        object.optional_uuid("key_id", self.key_id);
        object.text("kind", self.kind)?;
        object.optional_text("model", self.model)?;
        object.optional_text("on_behalf_of", self.on_behalf_of)?;
        object.optional_text("otel_span_id", self.otel_span_id)?;
        object.optional_text("otel_trace_id", self.otel_trace_id)?;
        object.optional_text("outcome", self.outcome)?;
        object.optional_integer("output_tokens", self.output_tokens)?;
        object.optional_uuid("parent_id", self.parent_id);
        if let Some(digest) = &self.payload_digest {
            object.plain("payload_digest", &data_encoding::HEXLOWER.encode(digest));
        }
        object.optional_text("principal", self.principal)?;
        let recorded_at = rfc3339_micros(self.recorded_at).ok_or(RecordError::Time)?;
        object.plain("recorded_at", &recorded_at);
        object.raw("scope", &scope(self.scope)?);
        object.optional_text("session_id", self.session_id)?;
        object.optional_uuid("tenant_id", Some(self.tenant_id));
        object.optional_text("tier", self.tier)?;
        object.optional_text("tool", self.tool)?;
        object.optional_uuid("trace_id", Some(self.trace_id));
        object.optional_integer("turn", self.turn)?;
        object.optional_text("user_id", self.user_id)?;
        object.raw("v", "1");
        Ok(object.close())
    }

    /// The record's leaf in the tree: the RFC 6962 leaf hash of its canonical JSON.
    ///
    /// # Errors
    /// As [`Self::to_json`].
    pub fn leaf(&self) -> Result<Hash, RecordError> {
        Ok(leaf_hash(self.to_json()?.as_bytes()))
    }
}

/// The scope as RFC 8785 JSON. It is never taken unseen: a text that closes the object and goes on would pass for other
/// members of the record.
fn scope(text: &str) -> Result<Cow<'_, str>, RecordError> {
    if text == "{}" || is_plain_scope(text) {
        return Ok(Cow::Borrowed(text));
    }
    let scope = Scope::parse(text)?.to_json();
    // Up to U+D7FF the order of UTF-8 bytes is that of UTF-16, which RFC 8785 sorts by.
    if scope.bytes().all(|byte| byte < 0xee) {
        return Ok(Cow::Owned(scope));
    }
    match jcs::pipe(&scope) {
        Ok(text) => Ok(Cow::Owned(text)),
        Err(_) => Err(RecordError::NulCharacter("scope")),
    }
}

/// Whether this is a scope in canonical form for sure: ASCII with nothing escaped, names in order. It saves parsing
/// nearly every one.
fn is_plain_scope(text: &str) -> bool {
    let plain = |part: &str| {
        let plain = |byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
        !part.is_empty() && part.bytes().all(plain)
    };
    let inside = text
        .strip_prefix("{\"")
        .and_then(|text| text.strip_suffix("\"}"));
    let mut last = "";
    inside.is_some_and(|pairs| {
        text.len() <= MAX_BYTES
            && pairs.split("\",\"").zip(1..).all(|(pair, count)| {
                let Some((name, value)) = pair.split_once("\":\"") else {
                    return false;
                };
                let follows = name > last;
                last = name;
                follows && plain(name) && plain(value) && count <= MAX_PAIRS
            })
    })
}

/// The one spelling of a decimal: no exponent, no leading zeros but one before the point, none behind the last digit.
fn decimal(text: &str) -> Result<String, RecordError> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if text.len() > MAX_COST_LEN
        || (whole.is_empty() && fraction.is_empty())
        || !all_digits(whole)
        || !all_digits(fraction)
    {
        return Err(RecordError::Cost);
    }
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    Ok(match (whole, fraction) {
        ("", "") => "0".to_owned(),
        ("", fraction) => format!("{sign}0.{fraction}"),
        (whole, "") => format!("{sign}{whole}"),
        (whole, fraction) => format!("{sign}{whole}.{fraction}"),
    })
}

/// A JSON object that is written member by member; the names come sorted.
pub(super) struct Object(String);

impl Object {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self(String::with_capacity(bytes))
    }

    pub(super) fn close(mut self) -> String {
        if self.0.is_empty() {
            self.0.push('{');
        }
        self.0.push('}');
        self.0
    }

    fn name(&mut self, name: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push('"');
        self.0.push_str(name);
        self.0.push_str("\":");
    }

    /// A member whose value is JSON already.
    pub(super) fn raw(&mut self, name: &str, json: &str) {
        self.name(name);
        self.0.push_str(json);
    }

    /// A text in which nothing has to be escaped.
    pub(super) fn plain(&mut self, name: &str, text: &str) {
        self.name(name);
        self.0.push('"');
        self.0.push_str(text);
        self.0.push('"');
    }

    /// A text. What has to be escaped, and how, is the same in RFC 8785 as with `serde_json`.
    pub(super) fn text(&mut self, name: &'static str, text: &str) -> Result<(), RecordError> {
        let special = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
        if !text.bytes().any(special) {
            self.plain(name, text);
            return Ok(());
        }
        if text.contains('\0') {
            return Err(RecordError::NulCharacter(name));
        }
        let escaped = serde_json::to_string(text).map_err(|_| RecordError::NulCharacter(name))?;
        self.raw(name, &escaped);
        Ok(())
    }

    fn optional_text(&mut self, name: &'static str, text: Option<&str>) -> Result<(), RecordError> {
        text.map_or(Ok(()), |text| self.text(name, text))
    }

    fn optional_uuid(&mut self, name: &str, uuid: Option<Uuid>) {
        if let Some(uuid) = uuid {
            self.plain(
                name,
                uuid.as_hyphenated()
                    .encode_lower(&mut Uuid::encode_buffer()),
            );
        }
    }

    fn optional_integer(
        &mut self,
        name: &'static str,
        number: Option<i64>,
    ) -> Result<(), RecordError> {
        let Some(number) = number else {
            return Ok(());
        };
        if !(-MAX_INTEGER..=MAX_INTEGER).contains(&number) {
            return Err(RecordError::Integer(name));
        }
        self.name(name);
        write!(self.0, "{number}").map_err(|_| RecordError::Integer(name))
    }
}

#[cfg(test)]
mod tests;
