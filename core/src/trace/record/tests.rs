use data_encoding::HEXLOWER;

use super::*;

fn uuid(digit: u8) -> Uuid {
    Uuid::from_bytes([digit; 16])
}

fn smallest() -> Record<'static> {
    Record {
        trace_id: uuid(0x11),
        tenant_id: uuid(0x22),
        scope: "{}",
        recorded_at: 1_700_000_000_000_000,
        kind: "decision",
        ..Record::default()
    }
}

fn largest() -> Record<'static> {
    Record {
        scope: r#"{"team":"a","dept":"\"b\""}"#,
        principal: Some("agent"),
        key_id: Some(uuid(0x33)),
        user_id: Some("ü\n\u{1f}\u{7f}"),
        on_behalf_of: Some(""),
        correlation_id: Some("c"),
        session_id: Some("s"),
        turn: Some(-1),
        parent_id: Some(uuid(0x44)),
        otel_trace_id: Some("4bf92f3577b34da6a3ce929d0e0e4736"),
        otel_span_id: Some("00f067aa0ba902b7"),
        model: Some("m"),
        tool: Some("t"),
        input_tokens: Some(0),
        output_tokens: Some(9_007_199_254_740_992),
        cost_usd: Some("0012.3400"),
        duration_ms: Some(1e21),
        tier: Some("t"),
        outcome: Some("ok"),
        payload_digest: Some([0xab; 32]),
        ..smallest()
    }
}

#[test]
fn the_smallest_record_and_its_leaf_are_frozen() {
    let json = concat!(
        r#"{"kind":"decision","recorded_at":"2023-11-14T22:13:20.000000Z","scope":{},"#,
        r#""tenant_id":"22222222-2222-2222-2222-222222222222","#,
        r#""trace_id":"11111111-1111-1111-1111-111111111111","v":1}"#
    );
    assert_eq!(smallest().to_json().as_deref(), Ok(json));
    // Computed apart from this code: printf '\0%s' JSON | sha256sum.
    let leaf = "2d4fe6ac443150f14b0a7963c65dd9e439c6d8aa5b4c13e86de4677e8c161681";
    assert_eq!(HEXLOWER.encode(&smallest().leaf().unwrap()), leaf);
}

#[test]
fn the_largest_record_and_its_leaf_are_frozen() {
    let json = concat!(
        r#"{"correlation_id":"c","cost_usd":"12.34","duration_ms":1e+21,"input_tokens":0,"#,
        r#""key_id":"33333333-3333-3333-3333-333333333333","kind":"decision","model":"m","#,
        r#""on_behalf_of":"","otel_span_id":"00f067aa0ba902b7","#,
        r#""otel_trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","outcome":"ok","#,
        r#""output_tokens":9007199254740992,"parent_id":"44444444-4444-4444-4444-444444444444","#,
        r#""payload_digest":"abababababababababababababababababababababababababababababababab","#,
        r#""principal":"agent","recorded_at":"2023-11-14T22:13:20.000000Z","#,
        r#""scope":{"dept":"\"b\"","team":"a"},"session_id":"s","#,
        r#""tenant_id":"22222222-2222-2222-2222-222222222222","tier":"t","tool":"t","#,
        r#""trace_id":"11111111-1111-1111-1111-111111111111","turn":-1,"#,
        "\"user_id\":\"ü\\n\\u001f\u{7f}\",\"v\":1}"
    );
    assert_eq!(largest().to_json().as_deref(), Ok(json));
    let leaf = "12b9db869c9866ec8c8e99a3c5684c93d0aa1950fba474a132f005a8edab2507";
    assert_eq!(HEXLOWER.encode(&largest().leaf().unwrap()), leaf);
}

#[test]
fn every_member_is_listed_and_sorted() {
    assert!(MEMBERS.is_sorted());
    let json: serde_json::Map<_, _> = serde_json::from_str(&largest().to_json().unwrap()).unwrap();
    assert!(json.keys().eq(MEMBERS));
}

#[test]
fn a_text_cannot_pass_for_other_members() {
    let spoofed = Record {
        scope: r#"{},"session_id":"s""#,
        ..smallest()
    };
    assert!(matches!(spoofed.to_json(), Err(RecordError::Scope(_))));
    let quoted = Record {
        session_id: Some(r#"s","tier":"t"#),
        ..smallest()
    };
    assert!(
        quoted
            .to_json()
            .unwrap()
            .contains(r#""session_id":"s\",\"tier\":\"t","#)
    );
}

#[test]
fn spellings_of_a_cost_are_one() {
    for (text, canonical) in [
        ("0", "0"),
        ("-0.00", "0"),
        ("+1", "1"),
        ("0.1", "0.1"),
        ("0.10", "0.1"),
        (".5", "0.5"),
        ("5.", "5"),
        ("100", "100"),
        ("0100.0010", "100.001"),
        ("-1.50", "-1.5"),
    ] {
        assert_eq!(decimal(text).as_deref(), Ok(canonical), "{text}");
    }
    let long = "1".repeat(101);
    for text in [
        "", "-", ".", "+-1", "1e5", "NaN", "Infinity", "1 ", "1,5", "١", "1.2.3", &long,
    ] {
        assert_eq!(decimal(text), Err(RecordError::Cost), "{text}");
    }
}

#[test]
fn spellings_of_a_scope_are_one() {
    for (text, canonical) in [
        ("{}", "{}"),
        (" { } ", "{}"),
        (r#"{"b":"1","a":"\u0032"}"#, r#"{"a":"2","b":"1"}"#),
        // UTF-16 sorts what lies beyond U+FFFF before U+FB33, bytes after it.
        (
            "{\"\u{fb33}\":\"1\",\"\u{1f600}\":\"2\"}",
            "{\"\u{1f600}\":\"2\",\"\u{fb33}\":\"1\"}",
        ),
    ] {
        assert_eq!(scope(text).as_deref(), Ok(canonical));
    }
    let many = |count| {
        let pairs: Vec<_> = (100..100 + count)
            .map(|n| format!("\"{n}\":\"v\""))
            .collect();
        format!("{{{}}}", pairs.join(","))
    };
    assert_eq!(scope(&many(64)).as_deref(), Ok(many(64).as_str()));
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_BYTES));
    for text in [
        "",
        "[]",
        "{",
        r#"{"a":1}"#,
        "{}{}",
        r#"{"a":"b"},"c":{"d":"e"}"#,
        r#"{"a":"b""c":"d"}"#,
        r#"{"a":"b","a":"c"}"#,
        r#"{"a":""}"#,
        r#"{"":"a"}"#,
        r#"{"a":"b":"c"}"#,
        r#"{"a","b":"c"}"#,
        r#"{"a":"\"}"#,
        "{\"}",
        "{\"a\":\"\n\"}",
        &many(65),
        &long,
    ] {
        assert!(matches!(scope(text), Err(RecordError::Scope(_))), "{text}");
    }
}

#[test]
fn what_has_no_canonical_form_is_refused() {
    let refused = |record: Record<'_>| record.to_json().unwrap_err();
    for recorded_at in [-1, i64::MIN, i64::MAX] {
        assert_eq!(
            refused(Record {
                recorded_at,
                ..smallest()
            }),
            RecordError::Time
        );
    }
    for number in [9_007_199_254_740_993, i64::MIN, i64::MAX] {
        let record = Record {
            input_tokens: Some(number),
            ..smallest()
        };
        assert_eq!(refused(record), RecordError::Integer("input_tokens"));
    }
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let record = Record {
            duration_ms: Some(number),
            ..smallest()
        };
        assert_eq!(refused(record), RecordError::Duration);
    }
    let record = Record {
        tier: Some("a\0"),
        ..smallest()
    };
    assert_eq!(refused(record), RecordError::NulCharacter("tier"));
}
