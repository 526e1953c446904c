//! Tokens and key sets: no text makes the verifier panic, and whatever it accepts keeps its promises.

use jsonwebtoken::{Algorithm, EncodingKey};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tenancy_core::{JwtPolicy, KeySet, verify};

use crate::json::value;

const NOW: u64 = 1_800_000_000;
const SECRET: [u8; 32] = [9; 32];

fn keys() -> KeySet {
    let k = data_encoding::BASE64URL_NOPAD.encode(&SECRET);
    KeySet::parse(&json!({"keys": [{"kty": "oct", "k": k}]}).to_string()).unwrap()
}

fn policy() -> JwtPolicy {
    JwtPolicy {
        issuer: "i".to_owned(),
        audience: "a".to_owned(),
        leeway_seconds: 0,
        tenant_claim: "tenant".to_owned(),
        user_claim: "sub".to_owned(),
        roles_claim: "/app/roles".to_owned(),
        capabilities_claim: "capabilities".to_owned(),
        scope_claim: "floor".to_owned(),
        correlation_claim: "jti".to_owned(),
        actor_claim: "/act/sub".to_owned(),
        metadata_claim: "meta".to_owned(),
    }
}

fn mint(header: &Value, claims: &Value) -> String {
    let encode = |part: &Value| data_encoding::BASE64URL_NOPAD.encode(part.to_string().as_bytes());
    let signed = format!("{}.{}", encode(header), encode(claims));
    let key = EncodingKey::from_secret(&SECRET);
    let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &key, Algorithm::HS256).unwrap();
    format!("{signed}.{signature}")
}

/// An object in which some of these names have any value, over the members of `base`.
fn members(names: &'static [&'static str], base: Value) -> impl Strategy<Value = Value> {
    let member = (prop::sample::select(names), value());
    proptest::collection::vec(member, 0..4).prop_map(move |changes| {
        let mut object: Map<String, Value> = base.as_object().cloned().unwrap();
        for (name, value) in changes {
            object.insert(name.to_owned(), value);
        }
        Value::Object(object)
    })
}

proptest! {
    #[test]
    fn no_text_panics_or_is_accepted(token in prop_oneof![any::<String>(), "[A-Za-z0-9_-]{0,40}(\\.[A-Za-z0-9_-]{0,40}){0,4}"]) {
        prop_assert!(verify(&token, &keys(), &policy(), NOW).is_err());
    }

    #[test]
    fn no_signed_claims_panic_and_the_accepted_keep_their_promises(claims in members(
        &["iss", "aud", "exp", "nbf", "iat", "tenant", "sub", "app", "capabilities", "floor", "jti", "act", "meta", "x"],
        json!({"iss": "i", "aud": "a", "exp": NOW + 1, "tenant": "acme"}),
    ), now in prop_oneof![Just(NOW), any::<u64>()]) {
        let token = mint(&json!({"alg": "HS256"}), &claims);
        if let Ok(identity) = verify(&token, &keys(), &policy(), now) {
            prop_assert!(!identity.tenant_ref.is_empty() && identity.tenant_ref.len() <= 128);
            prop_assert_eq!(claims["tenant"].as_str(), Some(identity.tenant_ref.as_str()));
            prop_assert!(identity.expires_at > i64::try_from(now).unwrap() * 1_000_000);
            prop_assert!(identity.claims.values().all(|v| !v.is_null() && !v.is_array() && !v.is_object()));
            prop_assert_eq!(claims["iss"].as_str(), Some("i"));
            prop_assert_eq!(claims["act"]["sub"].as_str().unwrap_or(""), identity.actor);
            prop_assert_eq!(claims.get("meta").cloned().unwrap_or(json!({})), Value::Object(identity.metadata));
        }
    }

    #[test]
    fn no_signed_header_panics_and_the_accepted_name_the_algorithm(header in members(
        &["alg", "kid", "typ", "crit", "jwk", "b64"],
        json!({"alg": "HS256"}),
    )) {
        let claims = json!({"iss": "i", "aud": "a", "exp": NOW + 1, "tenant": "acme"});
        if verify(&mint(&header, &claims), &keys(), &policy(), NOW).is_ok() {
            prop_assert_eq!(&header["alg"], "HS256");
            prop_assert!(header.get("crit").is_none() && header.get("kid").is_none());
        }
    }

    #[test]
    fn no_key_set_panics(key in members(
        &["kty", "crv", "x", "y", "n", "e", "k", "alg", "use", "key_ops", "kid", "d"],
        json!({"kty": "RSA"}),
    ), kty in prop::sample::select(&["RSA", "EC", "OKP", "oct"][..]), bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let text = data_encoding::BASE64URL_NOPAD.encode(&bytes);
        let mut known = key.clone();
        for name in ["x", "y", "n", "e", "k"] {
            known[name] = text.clone().into();
        }
        known["kty"] = kty.into();
        known["crv"] = if kty == "EC" { "P-256" } else { "Ed25519" }.into();
        for key in [key, known] {
            if let Ok(set) = KeySet::parse(&json!({"keys": [key]}).to_string()) {
                prop_assert_eq!(set.len(), 1);
            }
        }
    }
}
