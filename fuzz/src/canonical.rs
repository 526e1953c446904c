//! JSON: strict, and in the one form that is signed.

use std::cmp::Ordering;
use std::fmt::Write;

use serde_json::Value;
use tenancy_core::parse_strict;
use tenancy_core::trace::payload::canonical;

use crate::{Target, text, texts};

const MAX: usize = 1024 * 1024;
const TEXTS: [&str; 8] = [
    r#"{"b":[1,2.5,-0.0,1e21,1e-7,123456789012345680000,0.1],"a":{"ä":"\u0007\n\"\\","😀":null,"﻿":true}}"#,
    "[]",
    r#""x""#,
    "4.5",
    r#"{"a":1,"a":2}"#,
    "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
    "9007199254740993",
    r#"{"\ud83d\ude00":1,"\ufb33":2,"a/b":"</script>","\u2028":"\u007f"}"#,
];

/// Strict JSON is JSON, and of the same value.
pub const JSON: Target = Target {
    name: "json",
    run: |bytes| {
        let text = text(bytes);
        let loose = serde_json::from_str::<Value>(text);
        if let Ok(value) = parse_strict(text, MAX) {
            assert_eq!(loose.expect("strict JSON is JSON"), value);
            assert_eq!(parse_strict(&value.to_string(), MAX).as_ref(), Ok(&value));
        }
    },
    seeds: || texts(TEXTS),
};

/// The canonical form stays as it is, means the same, and is what two other implementations make of it.
pub const CANONICAL: Target = Target {
    name: "canonical",
    run: |bytes| {
        let text = text(bytes);
        let Ok(form) = canonical(text) else {
            return;
        };
        assert_eq!(canonical(&form).as_ref(), Ok(&form));
        let value: Value = serde_json::from_str(text).expect("canonical JSON is JSON");
        assert_eq!(
            serde_json_canonicalizer::to_string(&value).expect("a value"),
            form
        );
        let mut own = String::new();
        write(&mut own, &value);
        assert_eq!(own, form);
    },
    seeds: || texts(TEXTS),
};

/// RFC 8785 to the letter, by another way than the library's.
fn write(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => out.push_str(&ecmascript(number.as_f64().expect("a double"))),
        Value::String(text) => quote(out, text),
        Value::Array(values) => list(out, ['[', ']'], values, write),
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|(one, _), (other, _)| utf16(one, other));
            list(out, ['{', '}'], members, |out, (name, value)| {
                quote(out, name);
                out.push(':');
                write(out, value);
            });
        }
    }
}

fn list<T>(
    out: &mut String,
    [open, close]: [char; 2],
    items: impl IntoIterator<Item = T>,
    write: impl Fn(&mut String, T),
) {
    out.push(open);
    for (number, item) in items.into_iter().enumerate() {
        if number > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(close);
}

fn utf16(one: &str, other: &str) -> Ordering {
    one.encode_utf16().cmp(other.encode_utf16())
}

fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c < ' ' => write!(out, "\\u{:04x}", u32::from(c)).expect("a string takes all"),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// The fewest digits that make a number, and its exponent. Of two that are as near, Rust takes the larger, and ECMA-262 in the
/// note 2 that RFC 8785 wants the even one.
fn shortest(number: f64) -> (String, i32) {
    let split = |text: String| {
        let (mantissa, exponent) = text.split_once('e').expect("an exponent");
        (
            mantissa.replace('.', ""),
            exponent.parse().expect("a number"),
        )
    };
    let (digits, exponent) = split(format!("{number:e}"));
    // All of a double's digits.
    let (exact, _) = split(format!("{number:.780e}"));
    let exact = exact.trim_end_matches('0');
    if exact.len() == digits.len() + 1
        && exact.ends_with('5')
        && digits.ends_with(['1', '3', '5', '7', '9'])
    {
        let (even, _) = exact.split_at(digits.len());
        return (even.to_owned(), exponent);
    }
    (digits, exponent)
}

/// ECMA-262, Number::toString.
fn ecmascript(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let (digits, exponent) = shortest(number.abs());
    let k = i32::try_from(digits.len()).expect("few digits");
    let n = exponent + 1;
    let zeros = |count: i32| "0".repeat(usize::try_from(count).expect("not negative"));
    let at = usize::try_from(n.max(0)).expect("not negative");
    let text = if k <= n && n <= 21 {
        format!("{digits}{}", zeros(n - k))
    } else if 0 < n && n <= 21 {
        format!("{}.{}", &digits[..at], &digits[at..])
    } else if -6 < n && n <= 0 {
        format!("0.{}{digits}", zeros(-n))
    } else {
        let sign = if n > 0 { '+' } else { '-' };
        let point = if k > 1 { "." } else { "" };
        format!(
            "{}{point}{}e{sign}{}",
            &digits[..1],
            &digits[1..],
            (n - 1).abs()
        )
    };
    if number < 0.0 {
        format!("-{text}")
    } else {
        text
    }
}
