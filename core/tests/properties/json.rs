//! Strict JSON: agrees with serde_json on honest texts, and finds a duplicate wherever it is.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tenancy_core::{JsonError, parse_strict};

/// Any JSON value without U+0000, at most five levels deep.
pub fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    scalar.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(text(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Any text without U+0000.
pub fn text() -> impl Strategy<Value = String> {
    any::<String>().prop_map(|text| text.replace('\0', ""))
}

/// The value inside `depth` containers.
fn wrap(value: String, depth: usize) -> String {
    (0..depth).fold(value, |inner, level| {
        if level % 2 == 0 {
            format!("[0,{inner}]")
        } else {
            format!("{{\"x\":{inner},\"y\":1}}")
        }
    })
}

proptest! {
    #[test]
    fn honest_texts_parse_to_the_value_they_were_made_of(value in value()) {
        prop_assert_eq!(parse_strict(&value.to_string(), 1 << 20), Ok(value));
    }

    #[test]
    fn a_duplicate_is_found_at_any_depth(name in text(), a in value(), b in value(), depth in 0usize..20) {
        let quoted = json!(name).to_string();
        let text = wrap(format!("{{{quoted}:{a},{quoted}:{b}}}"), depth);
        prop_assert_eq!(parse_strict(&text, 1 << 20), Err(JsonError::DuplicateKey(name)));
    }

    #[test]
    fn no_text_panics(text in prop_oneof![any::<String>(), "[\\[\\]{}\",:0-9eE+.a\\\\u-]{0,80}"]) {
        let strict = parse_strict(&text, 1 << 20);
        // Whatever is accepted, serde_json reads in the same way.
        if let Ok(value) = strict {
            prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
    }
}
