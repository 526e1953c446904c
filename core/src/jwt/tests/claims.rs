//! Claims.

use super::*;

#[test]
fn attack_duplicate_claims() {
    let keys = key_set(&[&HS.jwk]);
    let usual = claims().to_string();
    let usual = usual.strip_suffix('}').unwrap();
    for more in [
        r#","tenant":"globex""#,
        r#","exp":99999999999"#,
        r#","ten\u0061nt":"globex""#,
        r#","app":{"a":1,"a":2}"#,
        r#","list":[{"a":1,"a":2}]"#,
    ] {
        let token = mint_text(&HS, r#"{"alg":"HS256"}"#, &format!("{usual}{more}}}"));
        assert!(matches!(
            verify(&token, &keys, &policy(), NOW),
            Err(JwtError::ClaimsJson(JsonError::DuplicateKey(_)))
        ));
    }
    let token = mint_text(&HS, r#"{"alg":"HS256"}"#, "[]");
    assert_eq!(
        verify(&token, &keys, &policy(), NOW),
        Err(JwtError::ClaimsShape)
    );
}

#[test]
fn attack_payload_that_is_not_utf8() {
    let signed = format!(
        "{}.{}",
        BASE64URL_NOPAD.encode(br#"{"alg":"HS256"}"#),
        BASE64URL_NOPAD.encode(b"{\"a\":\"\xff\"}")
    );
    let signature =
        jsonwebtoken::crypto::sign(signed.as_bytes(), &HS.signing, HS.algorithm).unwrap();
    assert_eq!(
        verify(
            &format!("{signed}.{signature}"),
            &key_set(&[&HS.jwk]),
            &policy(),
            NOW
        ),
        Err(JwtError::Encoding("payload"))
    );
}

#[test]
fn expiry_is_required_and_exact() {
    let missing = Err(JwtError::MissingClaim("exp".to_owned()));
    assert_eq!(judge_with("exp", Value::Null), missing);
    for exp in [
        json!("1800000060"),
        json!(true),
        json!([NOW + 60]),
        json!({}),
        json!(-1),
        json!(1e300),
        json!((NOW + 60) * 1000),
        json!(u64::MAX),
    ] {
        bad_claim(judge_with("exp", exp), "exp");
    }
    let mut null = claims();
    null["exp"] = Value::Null;
    bad_claim(judge(&null), "exp");
    // Leeway is 30 seconds; on the very second it is over.
    assert!(judge_with("exp", json!(NOW - 29)).is_ok());
    assert_eq!(judge_with("exp", json!(NOW - 30)), Err(JwtError::Expired));
    assert_eq!(judge_with("exp", json!(0)), Err(JwtError::Expired));
    assert!(judge_with("exp", json!(NOW as f64 - 29.5)).is_ok());
    assert_eq!(
        judge_with("exp", json!(NOW as f64 - 30.5)),
        Err(JwtError::Expired)
    );
    let identity = judge_with("exp", json!(NOW as f64 + 0.5)).unwrap();
    assert_eq!(identity.expires_at, NOW as i64 * 1_000_000 + 500_000);
}

#[test]
fn times_in_the_future_are_refused_beyond_the_leeway() {
    for (claim, error) in [
        ("nbf", JwtError::NotYetValid),
        ("iat", JwtError::IssuedInFuture),
    ] {
        assert!(judge_with(claim, json!(NOW + 30)).is_ok());
        assert!(judge_with(claim, json!(0)).is_ok());
        assert_eq!(judge_with(claim, json!(NOW + 31)), Err(error.clone()));
        assert_eq!(judge_with(claim, json!(NOW as f64 + 30.5)), Err(error));
        bad_claim(judge_with(claim, json!("0")), claim);
        bad_claim(judge_with(claim, json!(-5)), claim);
    }
}

#[test]
fn extreme_clocks_and_leeways_do_not_overflow() {
    let keys = key_set(&[&HS.jwk]);
    let token = mint(&HS, &claims());
    for leeway_seconds in [0, 30, u64::MAX] {
        for now in [0, NOW, u64::MAX] {
            let policy = JwtPolicy {
                leeway_seconds,
                ..policy()
            };
            let verdict = verify(&token, &keys, &policy, now);
            if now == u64::MAX {
                assert_eq!(verdict, Err(JwtError::Expired));
            }
        }
    }
}

#[test]
fn issuer_and_audience_must_be_ours() {
    for issuer in [
        "https://issuer.example",
        "HTTPS://issuer.example/",
        "",
        "joe",
    ] {
        assert_eq!(judge_with("iss", json!(issuer)), Err(JwtError::Issuer));
    }
    bad_claim(judge_with("iss", json!([ISSUER])), "iss");
    assert_eq!(
        judge_with("iss", Value::Null),
        Err(JwtError::MissingClaim("iss".to_owned()))
    );
    for audience in [
        json!("other"),
        json!(""),
        json!("DB"),
        json!("db other"),
        json!([]),
        json!(["x"]),
    ] {
        assert_eq!(judge_with("aud", audience), Err(JwtError::Audience));
    }
    for audience in [
        json!(1),
        json!({"db": 1}),
        json!(["db", 1]),
        json!([["db"]]),
    ] {
        bad_claim(judge_with("aud", audience), "aud");
    }
    assert_eq!(
        judge_with("aud", Value::Null),
        Err(JwtError::MissingClaim("aud".to_owned()))
    );
}

#[test]
fn an_empty_setting_matches_nothing() {
    let keys = key_set(&[&HS.jwk]);
    let mut empty = claims();
    empty["iss"] = "".into();
    empty["aud"] = "".into();
    empty[""] = "acme".into();
    let token = mint(&HS, &empty);
    for setting in ["issuer", "audience", "tenant claim"] {
        let mut policy = policy();
        match setting {
            "issuer" => policy.issuer.clear(),
            "audience" => policy.audience.clear(),
            _ => policy.tenant_claim.clear(),
        }
        assert_eq!(
            verify(&token, &keys, &policy, NOW),
            Err(JwtError::NotConfigured(setting))
        );
    }
}

#[test]
fn the_tenant_is_a_short_plain_string() {
    for tenant in [
        json!(7),
        json!(true),
        json!(["acme"]),
        json!({"id": "acme"}),
        json!("x".repeat(129)),
        json!("a\nb"),
        json!("a\u{7f}"),
        json!("a\u{85}"),
    ] {
        bad_claim(judge_with("tenant", tenant), "tenant");
    }
    let missing = Err(JwtError::MissingClaim("tenant".to_owned()));
    assert_eq!(judge_with("tenant", Value::Null), missing);
    assert_eq!(judge_with("tenant", json!("")), missing);
    assert!(judge_with("tenant", json!("x".repeat(128))).is_ok());
    // U+0000 never gets as far as a claim.
    assert_eq!(
        judge_with("tenant", json!("acme\0evil")),
        Err(JwtError::ClaimsJson(JsonError::NulCharacter))
    );
}

#[test]
fn roles_are_a_list_or_words() {
    let roles = |value: Value| judge_with("roles", value).map(|identity| identity.roles);
    assert_eq!(
        roles(json!("a  b ")),
        Ok(vec!["a".to_owned(), "b".to_owned()])
    );
    assert_eq!(roles(json!(["a b"])), Ok(vec!["a b".to_owned()]));
    assert_eq!(roles(json!([])), Ok(vec![]));
    assert_eq!(roles(json!("")), Ok(vec![]));
    for value in [
        json!(1),
        json!({"a": 1}),
        json!(["a", 1]),
        json!(["a", null]),
        json!([["a"]]),
        json!([""]),
        json!("a\tb"),
        json!(["x".repeat(513)]),
        json!(vec!["r"; 257]),
    ] {
        bad_claim(judge_with("roles", value), "roles");
    }
}

#[test]
fn what_is_malformed_never_falls_back_to_a_wider_default() {
    for (claim, values) in [
        (
            "capabilities",
            vec![
                json!("root"),
                json!(["read", "admin"]),
                json!(1),
                json!({}),
                json!("READ"),
            ],
        ),
        (
            "scope_floor",
            vec![
                json!("team"),
                json!([]),
                json!({"team": ["x", "y"]}),
                json!({"team": ""}),
                json!({"team": 1}),
                json!({"team": null}),
            ],
        ),
        ("sub", vec![json!(1), json!(["u"]), json!("a\u{1}")]),
        ("jti", vec![json!(1), json!("x".repeat(513))]),
        (
            "meta",
            vec![json!("{}"), json!([]), json!([{}]), json!(1), json!(false)],
        ),
    ] {
        for value in values {
            bad_claim(judge_with(claim, value), claim);
        }
        let mut null = claims();
        null[claim] = Value::Null;
        bad_claim(judge(&null), claim);
    }
    let nothing = judge_with("capabilities", json!([])).unwrap();
    assert_eq!(nothing.capabilities, Capabilities::NONE);
    let words = judge_with("capabilities", json!("read key:delegate")).unwrap();
    assert_eq!(words.capabilities.names(), ["read", "key:delegate"]);
}

#[test]
fn the_actor_is_a_short_plain_string() {
    let actor = |value: Value| judge_with("act", value).map(|identity| identity.actor);
    let longest = "x".repeat(MAX_TEXT_LEN);
    assert_eq!(actor(json!({"sub": longest})), Ok(longest));
    assert_eq!(actor(json!({"sub": ""})), Ok(String::new()));
    // Only the present actor counts, not those before it.
    assert_eq!(
        actor(json!({"sub": "b", "act": {"sub": "a"}})),
        Ok("b".to_owned())
    );
    assert_eq!(actor(json!({"act": {"sub": "a"}})), Ok(String::new()));
    for sub in [
        json!(1),
        json!(null),
        json!(["a"]),
        json!({"sub": "a"}),
        json!("a\nb"),
        json!("x".repeat(MAX_TEXT_LEN + 1)),
    ] {
        bad_claim(judge_with("act", json!({"sub": sub})), "/act/sub");
    }
    // Who acts, acts for somebody.
    let mut nobody = claims();
    nobody["act"] = json!({"sub": "agent-7"});
    nobody["sub"] = json!("");
    bad_claim(judge(&nobody), "sub");
    nobody.as_object_mut().unwrap().remove("sub");
    bad_claim(judge(&nobody), "sub");
    // What is no object names no actor, but isn't taken for "none" either.
    for act in [json!("agent-7"), json!(7), json!([{"sub": "a"}])] {
        assert!(matches!(
            judge_with("act", act),
            Err(JwtError::ClaimPath(ClaimPathError::NoMembers(_)))
        ));
    }
    let mut null = claims();
    null["act"] = Value::Null;
    assert!(matches!(
        judge(&null),
        Err(JwtError::ClaimPath(ClaimPathError::NoMembers(_)))
    ));
}

#[test]
fn a_context_can_carry_the_metadata_of_any_token() {
    // As deep as a token may nest.
    let nested = |depth: u32| (1..depth).fold(json!({}), |inner, _| json!({"m": inner}));
    let deepest = judge_with("meta", nested(MAX_DEPTH - 1)).unwrap().metadata;
    assert!(judge_with("meta", nested(MAX_DEPTH)).is_err());
    // As long as its text can grow: 1e15 is spelled out.
    let claims = claims().to_string();
    let claims = claims.strip_suffix('}').unwrap();
    let numbers = "1e15,".repeat(2_400);
    let payload = format!(r#"{claims},"meta":{{"n":[{numbers}0]}}}}"#);
    let token = mint_text(&HS, r#"{"alg":"HS256"}"#, &payload);
    assert!(token.len() > MAX_TOKEN_LEN - 200);
    let identity = verify(&token, &key_set(&[&HS.jwk]), &policy(), NOW).unwrap();
    for metadata in [deepest, identity.metadata] {
        let text = Value::Object(metadata).to_string();
        assert!(parse_strict(&text, context::MAX_LEN * 3 / 4).is_ok());
    }
}

#[test]
fn no_message_shows_what_a_token_holds() {
    let secret = "hunter2";
    let mut errors = Vec::new();
    for claim in [
        "iss",
        "aud",
        "exp",
        "tenant",
        "roles",
        "capabilities",
        "scope_floor",
        "sub",
    ] {
        for value in [
            json!({"k": [secret]}),
            json!([{"k": secret}]),
            json!(format!("{secret}\n")),
        ] {
            errors.push(judge_with(claim, value).unwrap_err());
        }
    }
    errors.push(judge_with("scope_floor", json!({"k": [secret]})).unwrap_err());
    for value in [json!([secret]), json!(secret)] {
        errors.push(judge_with("meta", value.clone()).unwrap_err());
        errors.push(judge_with("act", value).unwrap_err());
    }
    errors.push(judge_with("act", json!({"sub": [secret]})).unwrap_err());
    let keys = key_set(&[&HS.jwk]);
    for token in [
        secret.to_owned(),
        format!("{secret}.{secret}.{secret}"),
        mint_text(&HS, &json!({"alg": secret}).to_string(), "{}"),
        mint_text(
            &HS,
            &json!({"alg": "HS256", "kid": secret}).to_string(),
            "{}",
        ),
        mint_text(
            &HS,
            &json!({"alg": "HS256", "typ": secret}).to_string(),
            "{}",
        ),
        mint_text(&HS, r#"{"alg":"HS256"}"#, secret),
        mint_text(&HS, secret, "{}"),
    ] {
        errors.push(verify(&token, &keys, &policy(), NOW).unwrap_err());
    }
    for error in errors {
        let message = error.to_string();
        assert!(!message.contains(secret), "{message}");
        assert!(!format!("{error:?}").contains(secret), "{error:?}");
        assert!(!message.ends_with('.') && message.starts_with(char::is_lowercase));
        assert!(message.lines().count() == 1);
    }
}
