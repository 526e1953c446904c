//! Strict JSON. Two parsers that disagree about a document are a way around a check, so whatever parsers disagree about
//! is refused: duplicate members, deep nesting, U+0000.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::quote::quoted;

/// Deepest nesting of arrays and objects; `[]` has depth 1, a scalar 0.
pub const MAX_DEPTH: u32 = 32;

/// Why a text isn't strict JSON. No message shows more of the text than a member's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// The text is longer than the caller allows; holds that limit in bytes.
    #[error("the JSON text is longer than {0} bytes")]
    TooLong(usize),
    /// Not JSON; line and column are counted from 1.
    #[error("invalid JSON at line {line} column {column}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
    },
    /// Arrays and objects nest deeper than the caller allows; holds that limit.
    #[error("the JSON text nests deeper than {0} levels")]
    TooDeep(u32),
    /// A member occurs twice in one object; holds its name.
    #[error("duplicate member {}", quoted(.0))]
    DuplicateKey(String),
    /// A string or a name holds U+0000, where a C string would end.
    #[error("the JSON text holds the character U+0000")]
    NulCharacter,
}

/// Parses one JSON text of at most `max_bytes` bytes (inclusive).
///
/// # Errors
/// [`JsonError`] for anything but one JSON value without duplicate members at any depth, without U+0000 in any string,
/// nested at most [`MAX_DEPTH`] deep. Numbers beyond the range of a double are a syntax error.
pub fn parse_strict(text: &str, max_bytes: usize) -> Result<Value, JsonError> {
    parse_within(text, max_bytes, MAX_DEPTH)
}

/// As [`parse_strict`], for a text that carries others inside it and so nests up to `max_depth` deep. The parser's own
/// limit of 127 stays.
///
/// # Errors
/// As [`parse_strict`].
pub fn parse_within(text: &str, max_bytes: usize, max_depth: u32) -> Result<Value, JsonError> {
    if text.len() > max_bytes {
        return Err(JsonError::TooLong(max_bytes));
    }
    let refusal = RefCell::new(None);
    let mut parser = serde_json::Deserializer::from_str(text);
    let strict = Strict {
        depth_left: max_depth,
        max_depth,
        refusal: &refusal,
    };
    let parsed = strict
        .deserialize(&mut parser)
        .and_then(|value| parser.end().map(|()| value));
    parsed.map_err(|error| {
        refusal.take().unwrap_or(JsonError::Syntax {
            line: error.line(),
            column: error.column(),
        })
    })
}

/// Builds a [`Value`] and notes in `refusal` why it stopped when that isn't the parser's own reason.
#[derive(Clone, Copy)]
struct Strict<'r> {
    /// How many more containers may open inside one another.
    depth_left: u32,
    max_depth: u32,
    refusal: &'r RefCell<Option<JsonError>>,
}

impl Strict<'_> {
    fn refuse<E: serde::de::Error>(&self, why: JsonError) -> E {
        self.refusal.replace(Some(why));
        E::custom("refused")
    }

    /// What applies to the members of a container that opens here.
    fn inside<E: serde::de::Error>(&self) -> Result<Self, E> {
        let Some(depth_left) = self.depth_left.checked_sub(1) else {
            return Err(self.refuse(JsonError::TooDeep(self.max_depth)));
        };
        Ok(Self {
            depth_left,
            ..*self
        })
    }

    fn check<E: serde::de::Error>(&self, text: &str) -> Result<(), E> {
        if text.contains('\0') {
            return Err(self.refuse(JsonError::NulCharacter));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.visit_string(value.to_owned())
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Value, E> {
        self.check(&value)?;
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut values = Vec::new();
        while let Some(value) = array.next_element_seed(inside)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut members = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            self.check(&name)?;
            if members.contains_key(&name) {
                return Err(self.refuse(JsonError::DuplicateKey(name)));
            }
            let value = object.next_value_seed(inside)?;
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Value, JsonError> {
        parse_strict(text, 1024 * 1024)
    }

    #[test]
    fn plain_json_is_what_serde_makes_of_it() {
        let text =
            r#" {"a":[1,-2,1.5,1e3,true,null,"x\u00e9\n"],"b":{"a":{}},"":18446744073709551615} "#;
        assert_eq!(parse(text), Ok(serde_json::from_str(text).unwrap()));
        for scalar in ["null", "1", "\"x\"", "false", "[]"] {
            assert_eq!(parse(scalar), Ok(serde_json::from_str(scalar).unwrap()));
        }
    }

    #[test]
    fn duplicates_are_refused_at_any_depth() {
        for (text, name) in [
            (r#"{"a":1,"a":1}"#, "a"),
            (r#"{"x":{"b":1,"c":2,"b":3}}"#, "b"),
            (r#"[[{"y":[{"d":1,"d":2}]}]]"#, "d"),
            // The same name in two spellings.
            (r#"{"a":1,"\u0061":2}"#, "a"),
            (r#"{"":1,"":2}"#, ""),
        ] {
            assert_eq!(parse(text), Err(JsonError::DuplicateKey(name.to_owned())));
        }
        assert!(parse(r#"{"a":1,"A":2,"b":{"a":3}}"#).is_ok());
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(parse(&nested(32)).is_ok());
        assert_eq!(parse(&nested(33)), Err(JsonError::TooDeep(32)));
        assert_eq!(parse(&"[".repeat(500_000)), Err(JsonError::TooDeep(32)));
        assert_eq!(parse(&r#"{"a":"#.repeat(33)), Err(JsonError::TooDeep(32)));
    }

    #[test]
    fn size_is_bounded_inclusively() {
        assert!(parse_strict("[1]", 3).is_ok());
        assert_eq!(parse_strict("[1] ", 3), Err(JsonError::TooLong(3)));
    }

    #[test]
    fn nul_is_refused_in_strings_and_names() {
        for text in [r#""a\u0000b""#, r#"{"a\u0000":1}"#, r#"[{"a":["\u0000"]}]"#] {
            assert_eq!(parse(text), Err(JsonError::NulCharacter), "{text}");
        }
    }

    #[test]
    fn what_is_not_json_is_refused_without_being_shown() {
        for text in [
            "",
            " ",
            "{",
            "secret",
            "{\"a\":}",
            "[1,]",
            "{} {}",
            "{}x",
            "'a'",
            "NaN",
            "01",
            "1e999",
            "\"\\ud800\"",
            "\"\u{1}\"",
            "// c\n1",
            "\u{feff}{}",
            "{\"a\" 1}",
            "{a:1}",
        ] {
            let error = parse(text).unwrap_err();
            assert!(matches!(error, JsonError::Syntax { .. }), "{text}: {error}");
            assert!(!error.to_string().contains("secret"));
        }
    }
}
