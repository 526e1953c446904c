use super::encoding::*;
use super::*;

fn sample() -> RunContext {
    RunContext {
        binding: Binding {
            proc_number: -1,
            pid: 4242,
            lxid: 0xffff_ffff,
            database: 5,
            whole_session: true,
        },
        kind: CredentialKind::Jwt,
        tenant_ref: "acme".to_owned(),
        tenant_id: Some(Uuid::from_bytes([1; 16])),
        key_id: None,
        capabilities: Capabilities::READ.union(Capabilities::FORGET),
        expires_at: Some(1_700_000_000_500_000),
        principal: "agent-7".to_owned(),
        on_behalf_of: "ann".to_owned(),
        on_behalf_of_key: Some(Uuid::from_bytes([2; 16])),
        user_id: String::new(),
        correlation_id: "r-1".to_owned(),
        issuer: "https://issuer.example/".to_owned(),
        floor: Scope::parse(r#"{"team":"x"}"#).unwrap(),
        roles: vec!["editor".to_owned(), "é".to_owned(), String::new()],
        claims: [
            ("name".to_owned(), json!("a \"b\"")),
            ("level".to_owned(), json!(12)),
            ("ratio".to_owned(), json!(0.25)),
            ("admin".to_owned(), json!(true)),
        ]
        .into(),
        metadata: [("k".to_owned(), json!({"n": [1, null]}))]
            .into_iter()
            .collect(),
    }
}

#[test]
fn every_getter_reads_what_was_written() {
    let context = sample();
    let bytes = context.encode().unwrap();
    let view = ContextView::parse(&bytes).unwrap();
    assert_eq!(ContextView::trusted(&bytes), Some(view));
    assert_eq!(view.binding(), context.binding);
    assert_eq!(view.kind(), CredentialKind::Jwt);
    assert_eq!(view.tenant_ref(), "acme");
    assert_eq!(view.tenant_id(), context.tenant_id);
    assert_eq!(view.key_id(), None);
    assert_eq!(view.capabilities(), context.capabilities);
    assert_eq!(view.expires_at(), Some(1_700_000_000_500_000));
    assert_eq!(view.principal(), "agent-7");
    assert_eq!(view.on_behalf_of(), "ann");
    assert_eq!(view.on_behalf_of_key(), context.on_behalf_of_key);
    assert_eq!(view.user_id(), "");
    assert_eq!(view.correlation_id(), "r-1");
    assert_eq!(view.issuer(), "https://issuer.example/");
    assert_eq!(view.floor_json(), r#"{"team":"x"}"#);
    assert_eq!(view.metadata_json(), r#"{"k":{"n":[1,null]}}"#);
    assert_eq!(view.roles().collect::<Vec<_>>(), ["editor", "é", ""]);
    assert_eq!(view.len(), bytes.len());
    assert_eq!(view.as_bytes(), bytes);
    assert_eq!(view.to_context(), Ok(context));
}

#[test]
fn roles_and_claims_are_matched_whole() {
    let bytes = sample().encode().unwrap();
    let view = ContextView::parse(&bytes).unwrap();
    assert!(view.has_role("editor") && view.has_role("é") && view.has_role(""));
    assert!(!view.has_role("edit") && !view.has_role("editor2") && !view.has_role("EDITOR"));
    assert!(view.has_claim("level") && !view.has_claim("leve") && !view.has_claim("12"));
    assert!(view.has_claim_value("name", "a \"b\""));
    assert!(!view.has_claim_value("name", "a"));
    assert!(view.has_claim_value("level", "12") && !view.has_claim_value("level", "12.0"));
    assert!(view.has_claim_value("ratio", "0.25"));
    assert!(view.has_claim_value("admin", "true") && !view.has_claim_value("admin", "s"));
    assert!(!view.has_claim_value("absent", ""));
}

#[test]
fn the_json_form_shows_all_but_the_binding() {
    let bytes = sample().encode().unwrap();
    let view = ContextView::parse(&bytes).unwrap();
    assert_eq!(
        view.to_json(),
        json!({
            "credential": "jwt",
            "tenant": "acme",
            "tenant_id": "01010101-0101-0101-0101-010101010101",
            "key_id": null,
            "capabilities": ["read", "forget"],
            "expires_at": "2023-11-14T22:13:20.500000Z",
            "principal": "agent-7",
            "on_behalf_of": {"principal": "ann", "key_id": "02020202-0202-0202-0202-020202020202"},
            "user_id": null,
            "correlation_id": "r-1",
            "issuer": "https://issuer.example/",
            "scope": {"team": "x"},
            "roles": ["editor", "é", ""],
            "claims": {"name": "a \"b\"", "level": 12, "ratio": 0.25, "admin": true},
            "metadata": {"k": {"n": [1, null]}},
        })
    );
    assert!(!format!("{view:?}").contains("acme"));
}

#[test]
fn every_flag_stands_for_its_own_field() {
    type Set = fn(&mut RunContext);
    let mut context = sample();
    context.binding.whole_session = false;
    (context.tenant_id, context.on_behalf_of_key) = (None, None);
    context.expires_at = None;
    let fields: [(Set, u8); 5] = [
        (|c| c.binding.whole_session = true, 1),
        (|c| c.tenant_id = Some(Uuid::from_bytes([1; 16])), 2),
        (|c| c.key_id = Some(Uuid::from_bytes([2; 16])), 4),
        (|c| c.expires_at = Some(3), 8),
        (|c| c.on_behalf_of_key = Some(Uuid::from_bytes([4; 16])), 16),
    ];
    for (set, flag) in fields {
        let mut context = context.clone();
        set(&mut context);
        let mut bytes = context.encode().unwrap();
        assert_eq!(bytes[FLAGS_AT], flag);
        let view = ContextView::parse(&bytes).unwrap();
        assert_eq!(view.to_context(), Ok(context));
        // A value whose flag is missing says two things at once. Binding for a session has no value.
        bytes[FLAGS_AT] = 0;
        let unflagged = ContextView::parse(&bytes).map(|_| ());
        let expected = if flag == 1 {
            Ok(())
        } else {
            Err(ContextError::Header)
        };
        assert_eq!(unflagged, expected, "{flag}");
    }
}

#[test]
fn people_see_on_whose_behalf_it_acts_only_where_it_does() {
    let shown = |principal: &str, key: Option<Uuid>| {
        let mut context = sample();
        context.on_behalf_of = principal.to_owned();
        context.on_behalf_of_key = key;
        let bytes = context.encode().unwrap();
        let mut json = ContextView::parse(&bytes).unwrap().to_json();
        json["on_behalf_of"].take()
    };
    let key = Some(Uuid::from_bytes([3; 16]));
    let key_text = "03030303-0303-0303-0303-030303030303";
    assert_eq!(shown("", None), Value::Null);
    assert_eq!(
        shown("ann", None),
        json!({"principal": "ann", "key_id": null})
    );
    assert_eq!(
        shown("ann", key),
        json!({"principal": "ann", "key_id": key_text})
    );
    // A key without a principal.
    assert_eq!(
        shown("", key),
        json!({"principal": null, "key_id": key_text})
    );
}

#[test]
fn what_cannot_be_carried_is_refused() {
    let refused = |change: fn(&mut RunContext)| {
        let mut context = sample();
        change(&mut context);
        context.encode().unwrap_err()
    };
    assert_eq!(refused(|c| c.tenant_ref.clear()), ContextError::NoTenant);
    assert_eq!(
        refused(|c| c.principal.push('\0')),
        ContextError::NulCharacter("principal")
    );
    assert_eq!(
        refused(|c| c.on_behalf_of.push('\0')),
        ContextError::NulCharacter("principal on whose behalf it acts")
    );
    assert_eq!(
        refused(|c| c.roles.push("\0".into())),
        ContextError::NulCharacter("roles")
    );
    assert_eq!(
        refused(|c| {
            c.metadata.insert("a\0".into(), Value::Null);
        }),
        ContextError::NulCharacter("metadata")
    );
    for value in [Value::Null, json!([]), json!({})] {
        let mut context = sample();
        context.claims.insert("groups".to_owned(), value);
        assert_eq!(
            context.encode(),
            Err(ContextError::ClaimNotScalar("groups".to_owned()))
        );
    }
    assert_eq!(
        refused(|c| {
            let deep = (0..40).fold(Value::Null, |inner, _| json!([inner]));
            c.metadata.insert("deep".into(), deep);
        }),
        ContextError::Metadata
    );
    assert_eq!(
        refused(|c| c.user_id = "x".repeat(1_000_000)),
        ContextError::TooLong
    );
}

#[test]
fn the_length_limit_is_inclusive() {
    let mut context = sample();
    let room = MAX_LEN - context.encode().unwrap().len();
    context.user_id = "x".repeat(room);
    let bytes = context.encode().unwrap();
    assert_eq!(bytes.len(), MAX_LEN);
    assert!(ContextView::parse(&bytes).is_ok() && ContextView::trusted(&bytes).is_some());
    context.user_id.push('x');
    assert_eq!(context.encode(), Err(ContextError::TooLong));
}

#[test]
fn a_damaged_header_is_refused() {
    let bytes = sample().encode().unwrap();
    let damaged = |at: usize, byte: u8| {
        let mut bytes = bytes.clone();
        bytes[at] = byte;
        ContextView::parse(&bytes).map(|_| ())
    };
    assert_eq!(damaged(VERSION_AT, 2), Err(ContextError::Version));
    assert_eq!(damaged(KIND_AT, 2), Err(ContextError::Header));
    // The sample's own flags, and one that doesn't exist.
    assert_eq!(damaged(FLAGS_AT, 0x1b), Ok(()));
    assert_eq!(damaged(FLAGS_AT, 0x3b), Err(ContextError::Header));
    assert_eq!(damaged(ZERO_AT, 1), Err(ContextError::Header));
    assert_eq!(damaged(CAPABILITIES_AT, 64), Err(ContextError::Header));
    // A key id where the flag says that there is none.
    assert_eq!(damaged(KEY_ID_AT, 1), Err(ContextError::Header));
    assert_eq!(damaged(ENDS_AT, 0xff), Err(ContextError::Offsets));
    assert_eq!(ContextView::parse(&[]), Err(ContextError::Truncated));
    assert_eq!(
        ContextView::parse(&vec![1; MAX_LEN + 1]),
        Err(ContextError::TooLong)
    );
}

#[test]
fn every_text_is_checked() {
    let mut context = sample();
    context.user_id = "u1".to_owned();
    let bytes = context.encode().unwrap();
    let mut at = BLOB_AT;
    for (text, name) in [
        (&context.tenant_ref, "tenant reference"),
        (&context.principal, "principal"),
        (&context.on_behalf_of, "principal on whose behalf it acts"),
        (&context.user_id, "user id"),
        (&context.correlation_id, "correlation id"),
        (&context.issuer, "issuer"),
    ] {
        for (byte, error) in [
            (0xff, ContextError::NotUtf8(name)),
            (0, ContextError::NulCharacter(name)),
        ] {
            let mut bytes = bytes.clone();
            bytes[at] = byte;
            assert_eq!(ContextView::parse(&bytes), Err(error));
        }
        at += text.len();
    }
}

#[test]
fn a_cut_or_longer_encoding_is_refused() {
    let mut bytes = sample().encode().unwrap();
    for cut in 0..bytes.len() {
        assert!(ContextView::parse(&bytes[..cut]).is_err());
        assert!(ContextView::trusted(&bytes[..cut]).is_none());
    }
    bytes.push(b' ');
    assert_eq!(ContextView::parse(&bytes), Err(ContextError::Offsets));
    assert!(ContextView::trusted(&bytes).is_none());
}

/// An encoding with the given last four fields, whatever they hold.
fn with_fields(floor: &[u8], roles: &[u8], claims: &[u8], metadata: &[u8]) -> Vec<u8> {
    let mut bytes = sample().header();
    let fields = [
        b"acme".as_slice(),
        b"",
        b"",
        b"",
        b"",
        b"",
        floor,
        roles,
        claims,
        metadata,
    ];
    let mut end = 0;
    for field in fields {
        end += field.len() as u32;
        bytes.extend_from_slice(&end.to_le_bytes());
    }
    bytes.extend(fields.concat());
    bytes
}

#[test]
fn damaged_fields_are_refused() {
    let strings = |strings: &[&[u8]]| {
        let mut field = Vec::new();
        for string in strings {
            push_string(&mut field, string).unwrap();
        }
        field
    };
    let parse = |floor: &str, roles: &[u8], claims: &[u8], metadata: &str| {
        let bytes = with_fields(floor.as_bytes(), roles, claims, metadata.as_bytes());
        ContextView::parse(&bytes).map(|_| ())
    };
    assert_eq!(parse("{}", b"", b"", "{}"), Ok(()));
    for floor in [
        "",
        "[]",
        "{} ",
        r#"{"b":"1","a":"2"}"#,
        r#"{"a":""}"#,
        r#"{"a":1}"#,
    ] {
        assert_eq!(
            parse(floor, b"", b"", "{}"),
            Err(ContextError::Floor),
            "{floor}"
        );
    }
    for metadata in ["", "[]", "null", r#"{"a":1,"a":2}"#] {
        assert_eq!(parse("{}", b"", b"", metadata), Err(ContextError::Metadata));
    }
    for roles in [
        b"\x01".as_slice(),
        b"\x02\0\0\0a",
        b"\xff\xff\xff\xff",
        b"\x01\0\0\0ab",
    ] {
        assert_eq!(
            parse("{}", roles, b"", "{}"),
            Err(ContextError::List("roles"))
        );
    }
    assert_eq!(
        parse("{}", &strings(&[b"\xff"]), b"", "{}"),
        Err(ContextError::NotUtf8("roles"))
    );
    for claims in [
        strings(&[b"name"]),
        strings(&[b"name", b""]),
        strings(&[b"name", b"xvalue"]),
        strings(&[b"name", b"jnull"]),
        strings(&[b"name", b"j\"a\""]),
        strings(&[b"name", b"j[1]"]),
        strings(&[b"name", b"j1 "]),
        strings(&[b"name", b"j1e0"]),
        // Twice, or out of order: a reader that takes the first and one that takes the last would disagree.
        strings(&[b"a", b"s1", b"a", b"s2"]),
        strings(&[b"b", b"s1", b"a", b"s2"]),
    ] {
        assert_eq!(
            parse("{}", b"", &claims, "{}"),
            Err(ContextError::List("claims"))
        );
    }
    assert_eq!(
        parse("{}", b"", &strings(&[b"a", b"s", b"b", b"j-1"]), "{}"),
        Ok(())
    );
}

#[test]
fn no_getter_panics_on_trusted_garbage() {
    let bytes = sample().encode().unwrap();
    for at in 0..bytes.len() {
        for byte in [0, 1, 0x7f, 0x80, 0xff] {
            let mut bytes = bytes.clone();
            bytes[at] = byte;
            if let Some(view) = ContextView::trusted(&bytes) {
                view.to_json();
                view.has_role("editor");
                view.has_claim_value("name", "x");
                view.binding();
            }
        }
    }
}

#[test]
fn a_binding_admits_only_its_own_backend_database_and_transaction() {
    let here = Binding {
        proc_number: 3,
        pid: 40,
        lxid: 500,
        database: 6,
        whole_session: false,
    };
    assert!(here.admits(&here, false));
    let of = |change: fn(&mut Binding)| {
        let mut made = here;
        change(&mut made);
        made
    };
    let others: [fn(&mut Binding); 3] = [|b| b.proc_number = 4, |b| b.pid = 41, |b| b.database = 7];
    for change in others {
        let mut made = of(change);
        assert!(!here.admits(&made, false));
        assert!(!here.admits(&made, true), "not for a worker either");
        made.whole_session = true;
        assert!(!here.admits(&made, false), "nor for a session");
    }
    let stale = of(|b| b.lxid = 499);
    assert!(!here.admits(&stale, false));
    assert!(
        here.admits(&stale, true),
        "a worker has what its leader has"
    );
    assert!(here.admits(
        &Binding {
            whole_session: true,
            ..stale
        },
        false
    ));
}
