//! What is accepted.

use super::*;

#[test]
fn every_algorithm_verifies_alone_and_by_kid() {
    let everyone: Vec<Value> = all().iter().map(|pair| named(pair, pair.alg())).collect();
    let everyone = key_set(&everyone.iter().collect::<Vec<_>>());
    for pair in all() {
        let alone = key_set(&[&pair.jwk]);
        let identity = verify(&mint(pair, &claims()), &alone, &policy(), NOW).unwrap();
        assert_eq!(identity.tenant_ref, "acme");
        let header = json!({"alg": pair.alg(), "kid": pair.alg(), "typ": "JWT"}).to_string();
        let token = mint_text(pair, &header, &claims().to_string());
        assert!(verify(&token, &everyone, &policy(), NOW).is_ok());
    }
}

#[test]
fn tokens_of_the_jsonwebtoken_encoder_verify() {
    for pair in all() {
        let header = jsonwebtoken::Header::new(pair.algorithm);
        let token = jsonwebtoken::encode(&header, &claims(), &pair.signing).unwrap();
        assert!(verify(&token, &key_set(&[&pair.jwk]), &policy(), NOW).is_ok());
    }
}

#[test]
fn signatures_of_the_rfcs_verify() {
    // RFC 8037, appendix A.4: signed, but no claims.
    let keys = key_set(&[&json!({
        "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    })]);
    let token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.\
        hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    assert!(matches!(
        verify(token, &keys, &policy(), NOW),
        Err(JwtError::ClaimsJson(_))
    ));
    // RFC 7515, appendices A.1 and A.3: signed by "joe", for nobody in particular.
    let joe = JwtPolicy {
        issuer: "joe".to_owned(),
        ..policy()
    };
    let payload = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    for (jwk, token) in [
        (
            json!({"kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}),
            format!(
                "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{payload}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
            ),
        ),
        (
            json!({"kty": "EC", "crv": "P-256",
                "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}),
            format!(
                "eyJhbGciOiJFUzI1NiJ9.{payload}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
            ),
        ),
    ] {
        assert_eq!(
            verify(&token, &key_set(&[&jwk]), &joe, 1_300_819_000),
            Err(JwtError::MissingClaim("aud".to_owned()))
        );
    }
}

#[test]
fn everything_a_token_says_is_read() {
    let identity = judge(&json!({
        "iss": ISSUER, "aud": ["other", "db"], "exp": NOW + 60, "nbf": NOW, "iat": NOW - 1,
        "tenant": "acme", "sub": "u1", "roles": ["editor", "team lead"],
        "capabilities": ["reader", "trace:read"], "scope_floor": {"team": "x"}, "jti": "r-1",
        "act": {"sub": "agent-7"}, "meta": {"run": {"n": [1, null]}},
        "plan": "pro", "seats": 3, "trial": false, "groups": ["a"], "nothing": null, "app": {"a": 1},
    }))
    .unwrap();
    assert_eq!(identity.tenant_ref, "acme");
    assert_eq!(identity.user_id, "u1");
    assert_eq!(identity.roles, ["editor", "team lead"]);
    assert_eq!(identity.capabilities.names(), ["read", "trace:read"]);
    assert_eq!(identity.floor.to_json(), r#"{"team":"x"}"#);
    assert_eq!(identity.correlation_id, "r-1");
    assert_eq!(identity.actor, "agent-7");
    assert_eq!(
        Value::Object(identity.metadata),
        json!({"run": {"n": [1, null]}})
    );
    assert_eq!(identity.issuer, ISSUER);
    assert_eq!(identity.expires_at, (NOW as i64 + 60) * 1_000_000);
    assert_eq!(
        identity
            .claims
            .keys()
            .map(String::as_str)
            .collect::<Vec<_>>(),
        [
            "exp", "iat", "iss", "jti", "nbf", "plan", "seats", "sub", "tenant", "trial"
        ]
    );
    assert!(!identity.claims.contains_key("aud"));
}

#[test]
fn what_is_absent_has_its_default() {
    let mut bare = claims();
    bare.as_object_mut().unwrap().remove("sub");
    let identity = judge(&bare).unwrap();
    assert_eq!(identity.user_id, "");
    assert_eq!(identity.correlation_id, "");
    assert_eq!(identity.actor, "");
    assert!(identity.metadata.is_empty());
    assert!(identity.roles.is_empty() && identity.floor.is_empty());
    assert_eq!(identity.capabilities.names(), ["read", "write"]);
}

#[test]
fn claims_may_lie_behind_pointers() {
    let policy = JwtPolicy {
        tenant_claim: "/app_metadata/org~1id".to_owned(),
        roles_claim: "/realm_access/roles".to_owned(),
        user_claim: "https://x.example/user".to_owned(),
        scope_claim: "/app_metadata/scope".to_owned(),
        metadata_claim: "/app_metadata/run".to_owned(),
        ..policy()
    };
    let mut token = claims();
    token["app_metadata"] = json!({"org/id": "globex", "scope": {"team": "y"}, "run": {"n": 1}});
    token["realm_access"] = json!({"roles": ["a"]});
    token["https://x.example/user"] = "u2".into();
    let keys = key_set(&[&HS.jwk]);
    let identity = verify(&mint(&HS, &token), &keys, &policy, NOW).unwrap();
    assert_eq!(identity.tenant_ref, "globex");
    assert_eq!(identity.roles, ["a"]);
    assert_eq!(identity.user_id, "u2");
    assert_eq!(identity.floor.to_json(), r#"{"team":"y"}"#);
    assert_eq!(identity.metadata["n"], 1);

    // A way that ends in a scalar is no way to the widest floor.
    token["app_metadata"] = "none".into();
    assert!(matches!(
        verify(&mint(&HS, &token), &keys, &policy, NOW),
        Err(JwtError::ClaimPath(ClaimPathError::NoMembers(_)))
    ));
    let broken = JwtPolicy {
        tenant_claim: "/a~".to_owned(),
        ..policy
    };
    assert!(matches!(
        verify(&mint(&HS, &token), &keys, &broken, NOW),
        Err(JwtError::ClaimPath(ClaimPathError::Pointer(_)))
    ));
}

#[test]
fn a_claim_without_a_name_means_nothing() {
    let policy = JwtPolicy {
        user_claim: String::new(),
        roles_claim: String::new(),
        capabilities_claim: String::new(),
        scope_claim: String::new(),
        correlation_claim: String::new(),
        actor_claim: String::new(),
        metadata_claim: String::new(),
        ..policy()
    };
    let mut token = claims();
    token[""] = "x".into();
    // Nor is anything judged that no claim is configured for.
    token["act"] = json!("agent-7");
    token["meta"] = json!(7);
    let identity = verify(&mint(&HS, &token), &key_set(&[&HS.jwk]), &policy, NOW).unwrap();
    assert_eq!((identity.user_id, identity.roles), (String::new(), vec![]));
    assert_eq!(identity.actor, "");
    assert!(identity.metadata.is_empty());
}
