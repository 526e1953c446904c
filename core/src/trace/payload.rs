//! What a decision was about: the question, its sources, details. It is in the log by digest, so it can be erased.

use data_encoding::HEXLOWER;
use serde_json_canonicalizer as jcs;

use super::record::Object;
use super::{Hash, sha256};
use crate::json::{JsonError, MAX_DEPTH};
use crate::quote::quoted;

/// Longest text of each member, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;

/// The content of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Payload<'a> {
    /// The question, as text.
    pub query: Option<&'a str>,
    /// Where the answer comes from, as JSON.
    pub sources: Option<&'a str>,
    /// Anything else, as JSON.
    pub detail: Option<&'a str>,
}

/// Why a text isn't a payload's JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// Not strict JSON, too long or too deep.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// A number that no double equals; holds it as written.
    #[error("the number {} cannot be kept exactly; write it as a string", quoted(.0))]
    Number(String),
}

impl Payload<'_> {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.query.is_none() && self.sources.is_none() && self.detail.is_none()
    }

    /// The digest by which a record names its payload; `None` if there is nothing in it.
    ///
    /// It covers `salt`, 16 random bytes that are erased together with the payload. Without them a short payload could
    /// be found out by trying.
    ///
    /// # Errors
    /// [`PayloadError`] when a member has no canonical form.
    pub fn digest(&self, salt: &[u8; 16]) -> Result<Option<Hash>, PayloadError> {
        if self.is_empty() {
            return Ok(None);
        }
        Ok(Some(sha256(&[self.to_json(salt)?.as_bytes()])))
    }

    /// Payload and salt as canonical JSON: `{"detail":…,"query":…,"salt":"hex","sources":…}`, what is absent left out.
    ///
    /// # Errors
    /// [`PayloadError`] when a member has no canonical form.
    pub fn to_json(&self, salt: &[u8; 16]) -> Result<String, PayloadError> {
        let mut object = Object::with_capacity(256);
        if let Some(detail) = self.detail {
            object.raw("detail", &canonical(detail)?);
        }
        if let Some(query) = self.query {
            if query.len() > MAX_BYTES {
                return Err(JsonError::TooLong(MAX_BYTES).into());
            }
            object
                .text("query", query)
                .map_err(|_| JsonError::NulCharacter)?;
        }
        object.plain("salt", &HEXLOWER.encode(salt));
        if let Some(sources) = self.sources {
            object.raw("sources", &canonical(sources)?);
        }
        Ok(object.close())
    }
}

/// The one spelling of a JSON text, by RFC 8785.
///
/// Numbers are doubles there. One that no double equals would become another number, and two texts that say different
/// things would have one digest. So it is refused.
///
/// # Errors
/// [`PayloadError`]; strictness is that of [`crate::json::parse_strict`], at most [`MAX_BYTES`] long.
pub fn canonical(json: &str) -> Result<String, PayloadError> {
    canonical_within(json, MAX_BYTES, MAX_DEPTH).map(|(text, _)| text)
}

/// As [`canonical`], within other bounds, and with the value.
pub(super) fn canonical_within(
    json: &str,
    max_bytes: usize,
    max_depth: u32,
) -> Result<(String, serde_json::Value), PayloadError> {
    if json.len() > max_bytes {
        return Err(JsonError::TooLong(max_bytes).into());
    }
    for number in numbers(json) {
        if !is_exact(number) {
            return Err(PayloadError::Number(number.to_owned()));
        }
    }
    let value = crate::json::parse_within(json, max_bytes, max_depth)?;
    let text = to_canonical(&value)?;
    Ok((text, value))
}

/// A value in canonical form.
pub(super) fn to_canonical(value: &serde_json::Value) -> Result<String, PayloadError> {
    // What was parsed has no duplicate members and finite numbers only, so this cannot fail.
    jcs::to_string(value).map_err(|_| PayloadError::Json(JsonError::Syntax { line: 1, column: 1 }))
}

/// The numbers of a JSON text as they are written. Of a text that isn't JSON anything may come.
fn numbers(json: &str) -> impl Iterator<Item = &str> {
    let mut rest = json;
    std::iter::from_fn(move || {
        loop {
            let start = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit())?;
            let found = rest.get(start..)?;
            if let Some(string) = found.strip_prefix('"') {
                rest = after_string(string);
                continue;
            }
            let in_number = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
            let end = found.find(|c| !in_number(c)).unwrap_or(found.len());
            let (number, after) = found.split_at_checked(end)?;
            rest = after;
            return Some(number);
        }
    })
}

/// What follows the quote that ends a string.
fn after_string(mut text: &str) -> &str {
    while let Some(at) = text.find(['"', '\\']) {
        let (_, found) = text.split_at_checked(at).unwrap_or(("", ""));
        if let Some(after) = found.strip_prefix('"') {
            return after;
        }
        let mut chars = found.chars();
        chars.next();
        chars.next();
        text = chars.as_str();
    }
    ""
}

/// Whether the double that is nearest to the number, in its shortest spelling, is that very number. What isn't a number
/// at all is left to the parser.
fn is_exact(number: &str) -> bool {
    let Ok(double) = number.parse::<f64>() else {
        return true;
    };
    let Ok(shortest) = jcs::to_string(&double) else {
        return false; // beyond the range of doubles
    };
    shortest == number || Decimal::parse(number) == Decimal::parse(&shortest)
}

/// ±0.`digits` · 10^`exponent`, without zeros at either end of the digits; one number has one such form.
#[derive(PartialEq, Eq)]
struct Decimal {
    negative: bool,
    digits: String,
    exponent: Option<i64>,
}

impl Decimal {
    fn parse(number: &str) -> Self {
        let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
        let (negative, mantissa) = match mantissa.strip_prefix('-') {
            Some(mantissa) => (true, mantissa),
            None => (false, mantissa),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = [whole, fraction].concat();
        let significant = digits.trim_start_matches('0');
        if significant.is_empty() {
            return Self {
                negative: false,
                digits: String::new(),
                exponent: Some(0),
            };
        }
        let zeros = digits.len().saturating_sub(significant.len());
        let shift = i64::try_from(whole.len())
            .ok()
            .zip(i64::try_from(zeros).ok())
            .and_then(|(whole, zeros)| whole.checked_sub(zeros));
        Self {
            negative,
            digits: significant.trim_end_matches('0').to_owned(),
            exponent: exponent
                .parse::<i64>()
                .ok()
                .zip(shift)
                .and_then(|(exponent, shift)| exponent.checked_add(shift)),
        }
    }
}
