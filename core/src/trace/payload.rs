//! What a decision was about: the question, its sources, details. It is in the log by digest, so it can be erased.

use data_encoding::HEXLOWER;
use serde_json_canonicalizer as jcs;

use super::record::Object;
use super::{Hash, sha256};
use crate::json::{JsonError, MAX_DEPTH, parse_within};
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
    to_canonical(&parse_exact(json, MAX_BYTES, MAX_DEPTH)?)
}

/// The value of a JSON text all of whose numbers are doubles.
pub(super) fn parse_exact(
    json: &str,
    max_bytes: usize,
    max_depth: u32,
) -> Result<serde_json::Value, PayloadError> {
    if json.len() > max_bytes {
        return Err(JsonError::TooLong(max_bytes).into());
    }
    for number in numbers(json) {
        if !is_exact(number) {
            return Err(PayloadError::Number(number.to_owned()));
        }
    }
    Ok(parse_within(json, max_bytes, max_depth)?)
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
    // Any whole number of 15 digits is a double.
    if number.len() <= 15 && number.bytes().all(|byte| byte.is_ascii_digit()) {
        return true;
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(text: &str) -> Payload<'_> {
        Payload {
            detail: Some(text),
            ..Payload::default()
        }
    }

    #[test]
    fn the_digest_is_frozen() {
        let whole = Payload {
            query: Some("Who is \"Ada\"?"),
            sources: Some(r#"[ {"id": 1.10, "at": "page 3"} ]"#),
            detail: Some("{}"),
        };
        let json = concat!(
            r#"{"detail":{},"query":"Who is \"Ada\"?","#,
            r#""salt":"07070707070707070707070707070707","sources":[{"at":"page 3","id":1.1}]}"#
        );
        assert_eq!(whole.to_json(&[7; 16]).as_deref(), Ok(json));
        // Computed apart from this code: printf %s JSON | sha256sum.
        let digest = "84204c7f45ffbf58d153db5e9d8aca03d68de1a487a7c0ceab3206e7445ef783";
        let computed = whole.digest(&[7; 16]).unwrap().unwrap();
        assert_eq!(HEXLOWER.encode(&computed), digest);
    }

    #[test]
    fn each_part_and_the_salt_count() {
        let salt = [7; 16];
        let text = Some("1");
        let payloads = [
            Payload {
                query: text,
                ..Payload::default()
            },
            Payload {
                sources: text,
                ..Payload::default()
            },
            Payload {
                detail: text,
                ..Payload::default()
            },
            Payload {
                detail: Some("null"),
                ..Payload::default()
            },
            Payload {
                query: Some(""),
                ..Payload::default()
            },
        ];
        let mut digests = std::collections::BTreeSet::new();
        for payload in payloads {
            assert!(digests.insert(payload.digest(&salt).unwrap().unwrap()));
            assert!(digests.insert(payload.digest(&[8; 16]).unwrap().unwrap()));
        }
        assert_eq!(Payload::default().digest(&salt), Ok(None));
    }

    #[test]
    fn examples_of_rfc_8785() {
        // 3.2.2, with 333333333.33333329 written as the double that it is.
        let text = r#"{"numbers": [333333333.3333333, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"#;
        let expected = concat!(
            r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#,
            r#""string":"€$\u000f\nA'B\"\\\\\"/"}"#
        );
        assert_eq!(canonical(text).as_deref(), Ok(expected));
        assert_eq!(
            canonical("[333333333.33333329]"),
            Err(PayloadError::Number("333333333.33333329".to_owned()))
        );
        // 3.2.3: names in the order of UTF-16.
        let text = r#"{"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh",
            "1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control",
            "\u00f6": "Latin Small Letter O With Diaeresis"}"#;
        let expected = concat!(
            r#"{"\r":"Carriage Return","1":"One",""#,
            "\u{80}",
            r#"":"Control","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","#,
            r#""😀":"Emoji: Grinning Face",""#,
            "\u{fb33}",
            r#"":"Hebrew Letter Dalet With Dagesh"}"#
        );
        assert_eq!(canonical(text).as_deref(), Ok(expected));
    }

    #[test]
    fn numbers_of_rfc_8785_appendix_b() {
        for (bits, expected) in [
            (0x0000000000000000, "0"),
            (0x8000000000000000, "0"),
            (0x0000000000000001, "5e-324"),
            (0x8000000000000001, "-5e-324"),
            (0x7fefffffffffffff, "1.7976931348623157e+308"),
            (0xffefffffffffffff, "-1.7976931348623157e+308"),
            (0x4340000000000000, "9007199254740992"),
            (0xc340000000000000, "-9007199254740992"),
            (0x4430000000000000, "295147905179352830000"),
            (0x44b52d02c7e14af5, "9.999999999999997e+22"),
            (0x44b52d02c7e14af6, "1e+23"),
            (0x44b52d02c7e14af7, "1.0000000000000001e+23"),
            (0x444b1ae4d6e2ef4e, "999999999999999700000"),
            (0x444b1ae4d6e2ef4f, "999999999999999900000"),
            (0x444b1ae4d6e2ef50, "1e+21"),
            (0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"),
            (0x3eb0c6f7a0b5ed8d, "0.000001"),
            (0x41b3de4355555553, "333333333.3333332"),
            (0x41b3de4355555554, "333333333.33333325"),
            (0x41b3de4355555555, "333333333.3333333"),
            (0x41b3de4355555556, "333333333.3333334"),
            (0x41b3de4355555557, "333333333.33333343"),
            (0xbecbf647612f3696, "-0.0000033333333333333333"),
            (0x43143ff3c1cb0959, "1424953923781206.2"),
        ] {
            assert_eq!(jcs::to_string(&f64::from_bits(bits)).unwrap(), expected);
            assert_eq!(canonical(expected).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn numbers_that_are_doubles_are_taken() {
        for (text, expected) in [
            ("1.10", "1.1"),
            ("0.1", "0.1"),
            ("-0", "0"),
            ("-0.0e5", "0"),
            ("0e99999999999", "0"),
            ("100", "100"),
            ("1e2", "100"),
            ("0.00001e7", "100"),
            ("12345e-2", "123.45"),
            ("9007199254740994", "9007199254740994"),
            ("10000000000000000000000", "1e+22"),
            ("18446744073709552000", "18446744073709552000"),
        ] {
            assert_eq!(canonical(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn numbers_that_are_no_doubles_are_named() {
        for number in [
            "12345678901234567890",
            "9007199254740993",
            "18446744073709551615",
            "-9223372036854775808",
            "0.1000000000000000055511151231257827",
            "1.00000000000000000000000000000000001",
            "1e400",
            "-1e400",
            "1e-400",
            "4e-324",
            "1e99999999999999999999999",
            "1e-99999999999999999999999",
        ] {
            let expected = Err(PayloadError::Number(number.to_owned()));
            assert_eq!(canonical(number), expected);
            assert_eq!(
                canonical(&format!(r#"{{"a\"":"1","b":[1,{number}]}}"#)),
                expected
            );
        }
        let error = canonical("[1e400]").unwrap_err().to_string();
        assert_eq!(
            error,
            "the number \"1e400\" cannot be kept exactly; write it as a string"
        );
    }

    #[test]
    fn numbers_in_strings_are_texts() {
        for text in [r#""1e400""#, r#"{"1e400":"\\\"1e400"}"#, r#"["\u005c",""]"#] {
            assert!(canonical(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_not_strict_json_is_refused() {
        let deep = format!("{}{}", "[".repeat(33), "]".repeat(33));
        for text in [
            "",
            "{",
            "01",
            "1.",
            "+1",
            ".5",
            "1e",
            "-",
            "--1",
            "1-2",
            "\"",
            "\"\\",
            "\"\\u12\"",
            "nan",
            r#"{"a":1,"a":1}"#,
            r#""\ud800""#,
            r#""\u0000""#,
            &deep,
        ] {
            assert!(
                matches!(canonical(text), Err(PayloadError::Json(_))),
                "{text}"
            );
            assert!(payload(text).digest(&[0; 16]).is_err());
        }
        let long = format!("\"{}\"", "x".repeat(MAX_BYTES));
        assert_eq!(canonical(&long), Err(JsonError::TooLong(MAX_BYTES).into()));
        let query = Payload {
            query: Some(&long),
            ..Payload::default()
        };
        assert_eq!(
            query.digest(&[0; 16]),
            Err(JsonError::TooLong(MAX_BYTES).into())
        );
        let nul = Payload {
            query: Some("\0"),
            ..Payload::default()
        };
        assert_eq!(nul.digest(&[0; 16]), Err(JsonError::NulCharacter.into()));
    }
}
