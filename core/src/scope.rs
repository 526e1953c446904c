//! Where inside its tenant a credential may act: a flat set of pairs, from broad (few pairs) to narrow (many).
//!
//! Scopes are ordered by inclusion. A floor `f` covers a scope `s` iff every pair of `f` is in `s`; the narrower scope
//! has more pairs. Joining two scopes is their least upper bound, or a contradiction when a key has two values.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_json::Value;

use crate::json::{JsonError, parse_strict};
use crate::quote::quoted;

/// Most pairs of a scope.
pub const MAX_PAIRS: usize = 64;

/// Longest text of a scope, both as given and canonical, in bytes.
pub const MAX_BYTES: usize = 8 * 1024;

/// A flat JSON object of non-empty names to non-empty strings, at most [`MAX_PAIRS`] pairs and [`MAX_BYTES`] bytes of
/// canonical text. The empty scope is the whole tenant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Scope(BTreeMap<String, String>);

/// Why a text or a pair of scopes isn't a scope. Messages show keys, never values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// The text isn't strict JSON; a duplicate key is reported here.
    #[error("invalid scope: {0}")]
    Json(#[from] JsonError),
    /// The JSON value isn't an object.
    #[error("a scope is a JSON object, not {0}")]
    NotAnObject(&'static str),
    /// A key is the empty string.
    #[error("a scope has no empty key")]
    EmptyKey,
    /// A value isn't a string; names the key and what was found.
    #[error("scope key {} is {found}, not a string", quoted(.key))]
    NotAString {
        /// The offending key.
        key: String,
        /// What the value is: `an array`, `null`, …
        found: &'static str,
    },
    /// A value is the empty string; names the key.
    #[error("scope key {} is an empty string", quoted(.0))]
    EmptyValue(String),
    /// A key or value holds U+0000; names the key.
    #[error("scope key {} holds the character U+0000", quoted(.0))]
    NulCharacter(String),
    /// More than [`MAX_PAIRS`] pairs.
    #[error("a scope has at most {MAX_PAIRS} keys")]
    TooManyPairs,
    /// More than [`MAX_BYTES`] bytes as canonical JSON.
    #[error("a scope has at most {MAX_BYTES} bytes")]
    TooLong,
    /// The stored form isn't one that Postgres makes of JSON in UTF-8.
    #[error("the stored scope is malformed")]
    Malformed,
    /// The two scopes have different values for a key; names it.
    #[error("the scopes contradict each other in key {}", quoted(.0))]
    Contradiction(String),
}

impl Scope {
    /// Parses a scope from JSON text of at most [`MAX_BYTES`] bytes.
    ///
    /// # Errors
    /// [`ScopeError`], naming the key where there is one.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        match parse_strict(text, MAX_BYTES) {
            Ok(value) => Self::from_value(&value),
            Err(JsonError::TooLong(_)) => Err(ScopeError::TooLong),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes a scope from a JSON value. A [`Value`] can't show that its text had a duplicate key: it must come from
    /// [`parse_strict`].
    ///
    /// # Errors
    /// [`ScopeError`], naming the key where there is one.
    pub fn from_value(value: &Value) -> Result<Self, ScopeError> {
        let Value::Object(members) = value else {
            return Err(ScopeError::NotAnObject(kind_of(value)));
        };
        let mut pairs = BTreeMap::new();
        for (key, value) in members {
            let Value::String(value) = value else {
                return Err(ScopeError::NotAString {
                    key: key.clone(),
                    found: kind_of(value),
                });
            };
            pairs.insert(key.clone(), value.clone());
        }
        Self::from_pairs(pairs)
    }

    /// Takes a scope from its pairs.
    ///
    /// # Errors
    /// [`ScopeError`] for an empty key or value, U+0000, or more than the limits.
    pub fn from_pairs(pairs: BTreeMap<String, String>) -> Result<Self, ScopeError> {
        if pairs.len() > MAX_PAIRS {
            return Err(ScopeError::TooManyPairs);
        }
        for (key, value) in &pairs {
            if key.is_empty() {
                return Err(ScopeError::EmptyKey);
            }
            if value.is_empty() {
                return Err(ScopeError::EmptyValue(key.clone()));
            }
            if key.contains('\0') || value.contains('\0') {
                return Err(ScopeError::NulCharacter(key.clone()));
            }
        }
        let scope = Self(pairs);
        if scope.to_json().len() > MAX_BYTES {
            return Err(ScopeError::TooLong);
        }
        Ok(scope)
    }

    /// The canonical text: keys sorted bytewise, no white space. Equal scopes have equal texts.
    pub fn to_json(&self) -> String {
        let mut text = String::from("{");
        for (key, value) in &self.0 {
            if text.len() > 1 {
                text.push(',');
            }
            push_string(&mut text, key);
            text.push(':');
            push_string(&mut text, value);
        }
        text.push('}');
        text
    }

    /// Whether the scope is the whole tenant.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Number of pairs.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// The pairs, keys sorted bytewise.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(k, v)| (k.as_str(), v.as_str()))
    }

    /// Whether this scope, as a floor, covers `scope`: each of its pairs is in `scope`. A partial order; the empty
    /// floor covers every scope.
    pub fn covers(&self, scope: &Scope) -> bool {
        self.0
            .iter()
            .all(|(key, value)| scope.0.get(key) == Some(value))
    }

    /// The least scope that both cover: the union of the pairs. Never wider than either.
    ///
    /// # Errors
    /// [`ScopeError::Contradiction`] when a key has two values; [`ScopeError::TooManyPairs`] or
    /// [`ScopeError::TooLong`] when the union exceeds the limits.
    pub fn join(&self, other: &Scope) -> Result<Scope, ScopeError> {
        let mut pairs = self.0.clone();
        for (key, value) in &other.0 {
            match pairs.entry(key.clone()) {
                Entry::Vacant(entry) => {
                    entry.insert(value.clone());
                }
                Entry::Occupied(entry) if entry.get() == value => {}
                Entry::Occupied(_) => return Err(ScopeError::Contradiction(key.clone())),
            }
        }
        Self::from_pairs(pairs)
    }
}

fn push_string(text: &mut String, string: &str) {
    text.push_str(&Value::from(string).to_string());
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(text: &str) -> Scope {
        Scope::parse(text).unwrap()
    }

    #[test]
    fn canonical_text_sorts_keys_bytewise() {
        let text = " { \"b\" : \"2\", \"a\":\"1\\\"\\n\", \"B\":\"\\u00e9\", \"ä\":\"x\" } ";
        let parsed = scope(text);
        assert_eq!(
            parsed.to_json(),
            "{\"B\":\"é\",\"a\":\"1\\\"\\n\",\"b\":\"2\",\"ä\":\"x\"}"
        );
        assert_eq!(scope(&parsed.to_json()), parsed);
        assert_eq!(Scope::default().to_json(), "{}");
        assert_eq!(parsed.get("b"), Some("2"));
        assert_eq!(parsed.len(), 4);
        assert_eq!(parsed.pairs().next(), Some(("B", "é")));
    }

    #[test]
    fn everything_but_flat_non_empty_strings_names_the_key() {
        for (value, found) in [
            ("null", "null"),
            ("1", "a number"),
            ("true", "a boolean"),
            (r#"["a","b"]"#, "an array"),
            (r#"{"x":"y"}"#, "an object"),
        ] {
            assert_eq!(
                Scope::parse(&format!(r#"{{"ok":"x","org":{value}}}"#)),
                Err(ScopeError::NotAString {
                    key: "org".to_owned(),
                    found
                })
            );
        }
        assert_eq!(
            Scope::parse(r#"{"a":""}"#),
            Err(ScopeError::EmptyValue("a".to_owned()))
        );
        assert_eq!(Scope::parse(r#"{"":"a"}"#), Err(ScopeError::EmptyKey));
        assert_eq!(
            Scope::parse(r#"{"a":"1","a":"1"}"#),
            Err(ScopeError::Json(JsonError::DuplicateKey("a".to_owned())))
        );
        for (text, found) in [("[]", "an array"), ("null", "null"), ("\"a\"", "a string")] {
            assert_eq!(Scope::parse(text), Err(ScopeError::NotAnObject(found)));
        }
        assert!(matches!(
            Scope::parse("{"),
            Err(ScopeError::Json(JsonError::Syntax { .. }))
        ));
        assert_eq!(
            Scope::parse(r#"{"a":"\u0000"}"#),
            Err(ScopeError::Json(JsonError::NulCharacter))
        );
        assert_eq!(
            Scope::from_pairs([("a".to_owned(), "\0".to_owned())].into()),
            Err(ScopeError::NulCharacter("a".to_owned()))
        );
    }

    #[test]
    fn limits_are_inclusive() {
        let pairs = |n: usize| {
            let pairs: Vec<_> = (0..n).map(|i| format!("\"k{i}\":\"v\"")).collect();
            format!("{{{}}}", pairs.join(","))
        };
        assert_eq!(scope(&pairs(64)).len(), 64);
        assert_eq!(Scope::parse(&pairs(65)), Err(ScopeError::TooManyPairs));
        let long = |n: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(n - 8));
        assert_eq!(scope(&long(8192)).to_json().len(), 8192);
        assert_eq!(Scope::parse(&long(8193)), Err(ScopeError::TooLong));
        let wide = scope(&pairs(40));
        let other = scope(&pairs(40).replace('k', "l"));
        assert_eq!(wide.join(&other), Err(ScopeError::TooManyPairs));
    }

    #[test]
    fn covering_is_inclusion() {
        let team = scope(r#"{"team":"x"}"#);
        let agent = scope(r#"{"team":"x","agent":"y"}"#);
        assert!(team.covers(&agent) && !agent.covers(&team));
        assert!(Scope::default().covers(&team) && !team.covers(&Scope::default()));
        assert!(!team.covers(&scope(r#"{"team":"X"}"#)));
        assert!(Scope::default().is_empty() && !team.is_empty());
    }

    #[test]
    fn joining_never_widens() {
        let team = scope(r#"{"team":"x"}"#);
        let agent = scope(r#"{"agent":"y"}"#);
        assert_eq!(
            team.join(&agent).unwrap().to_json(),
            r#"{"agent":"y","team":"x"}"#
        );
        let error = team.join(&scope(r#"{"team":"secret"}"#)).unwrap_err();
        assert_eq!(error, ScopeError::Contradiction("team".to_owned()));
        assert_eq!(
            error.to_string(),
            "the scopes contradict each other in key \"team\""
        );
    }
}
