//! API keys, tokens and the keys they are signed with.

use std::sync::LazyLock;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Map, Value, json};
use tenancy_core::api_key::ApiKey;
use tenancy_core::claim_path::ClaimPath;
use tenancy_core::redact::redact;
use tenancy_core::{JwtPolicy, KeySet, verify};
use uuid::Uuid;

use crate::{Target, text, texts};

const NOW: u64 = 1_800_000_000;
const SECRET: [u8; 32] = [9; 32];

static KEYS: LazyLock<KeySet> = LazyLock::new(|| {
    let k = BASE64URL_NOPAD.encode(&SECRET);
    KeySet::parse(&json!({"keys": [{"kty": "oct", "k": k}]}).to_string()).expect("a key set")
});

static POLICY: LazyLock<JwtPolicy> = LazyLock::new(|| JwtPolicy {
    issuer: "i".to_owned(),
    audience: "a".to_owned(),
    leeway_seconds: 30,
    tenant_claim: "tenant".to_owned(),
    user_claim: "sub".to_owned(),
    roles_claim: "/app/roles".to_owned(),
    capabilities_claim: "capabilities".to_owned(),
    scope_claim: "floor".to_owned(),
    correlation_claim: "jti".to_owned(),
    actor_claim: "/act/sub".to_owned(),
    metadata_claim: "meta".to_owned(),
});

/// What is read is written back the same, and has the digest of no other key.
pub const API_KEY: Target = Target {
    name: "api_key",
    run: |bytes| {
        let text = text(bytes);
        if let Ok(key) = ApiKey::parse(text) {
            assert_eq!(key.to_text(), text);
            assert!(key.matches(&key.digest()));
            assert!(!key.matches(&key.digest()[..31]));
            let mut other = key.digest();
            other[0] ^= 1;
            assert!(!key.matches(&other));
        }
    },
    seeds: || {
        let key = ApiKey::with_id(Uuid::nil())
            .expect("random bytes")
            .to_text();
        texts([key.as_str(), "tk_", &key[..20]])
    },
};

fn mint(header: &[u8], claims: &[u8]) -> String {
    let signed = format!(
        "{}.{}",
        BASE64URL_NOPAD.encode(header),
        BASE64URL_NOPAD.encode(claims)
    );
    let key = EncodingKey::from_secret(&SECRET);
    let signature =
        jsonwebtoken::crypto::sign(signed.as_bytes(), &key, Algorithm::HS256).expect("a signature");
    format!("{signed}.{signature}")
}

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

fn claims() -> Vec<String> {
    let least = json!({"iss": "i", "aud": "a", "exp": NOW + 60, "tenant": "acme"});
    let mut most = least.clone();
    for (name, value) in json!({"aud": ["b", "a"], "nbf": 1.5, "iat": NOW, "sub": "u", "app": {"roles": ["x", "y"]}, "capabilities": "read write",
        "floor": {"team": "red"}, "jti": "c", "act": {"sub": "agent"}, "meta": {"a": [1, {"b": null}]}})
    .as_object()
    .expect("an object")
    {
        most[name] = value.clone();
    }
    vec![least.to_string(), most.to_string()]
}

/// Whoever has no key makes no token.
pub const JWT: Target = Target {
    name: "jwt",
    run: |bytes| {
        let text = text(bytes);
        let genuine = text.split('.').count() == 3
            && text.rsplit_once('.').is_some_and(|(signed, signature)| {
                let key = EncodingKey::from_secret(&SECRET);
                jsonwebtoken::crypto::sign(signed.as_bytes(), &key, Algorithm::HS256)
                    .is_ok_and(|made| made == signature)
            });
        assert!(
            genuine || verify(text, &KEYS, &POLICY, NOW).is_err(),
            "a token that nobody signed is believed"
        );
    },
    seeds: || {
        let mut tokens: Vec<_> = claims()
            .iter()
            .map(|claims| mint(HEADER.as_bytes(), claims.as_bytes()))
            .collect();
        tokens.push(mint(br#"{"alg":"none"}"#, claims()[0].as_bytes()));
        texts(tokens)
    },
};

/// What a signed token says is within bounds, whatever it says.
pub const CLAIMS: Target = Target {
    name: "claims",
    run: |bytes| {
        let (header, claims) = match bytes.split_first() {
            Some((0, rest)) => {
                let end = rest
                    .iter()
                    .position(|byte| *byte == 0)
                    .unwrap_or(rest.len());
                (&rest[..end], rest.get(end + 1..).unwrap_or_default())
            }
            _ => (HEADER.as_bytes(), bytes),
        };
        let token = mint(header, claims);
        if let Ok(identity) = verify(&token, &KEYS, &POLICY, NOW) {
            assert!(
                !identity.tenant_ref.is_empty() && !identity.tenant_ref.contains(char::is_control)
            );
            assert!(identity.expires_at > (i64::try_from(NOW).expect("small") - 30) * 1_000_000);
            assert!(identity.actor.is_empty() || !identity.user_id.is_empty());
            let said: Value = serde_json::from_slice(claims).expect("JSON");
            assert_eq!(
                (&said["iss"], &said["tenant"]),
                (&json!("i"), &json!(identity.tenant_ref))
            );
            assert!(
                said["aud"] == "a"
                    || said["aud"]
                        .as_array()
                        .is_some_and(|all| all.contains(&json!("a")))
            );
            let floor: Value = serde_json::from_str(&identity.floor.to_json()).expect("JSON");
            assert_eq!(floor, said.get("floor").cloned().unwrap_or(json!({})));
            assert!(verify(&token, &KEYS, &POLICY, u64::MAX).is_err());
        }
    },
    seeds: || {
        let mut all = texts(claims());
        all.push(
            [
                b"\0".as_slice(),
                HEADER.as_bytes(),
                b"\0",
                claims()[0].as_bytes(),
            ]
            .concat(),
        );
        all
    },
};

/// Keys of an issuer: a set that is read has no two keys for one name, and none that are worth nothing.
pub const KEY_SET: Target = Target {
    name: "key_set",
    run: |bytes| {
        let text = text(bytes);
        if let Ok(set) = KeySet::parse(text) {
            assert!(set.len() > 0 || !set.ignored().is_empty() || text.contains("keys"));
            assert!(!format!("{set:?}").contains(&BASE64URL_NOPAD.encode(&SECRET)));
        }
    },
    seeds: || {
        texts([
            include_str!("../../tests/fixtures/jwks.json").to_owned(),
            json!({"keys": [{"kty": "oct", "k": BASE64URL_NOPAD.encode(&SECRET), "kid": "a", "alg": "HS256"}]}).to_string(),
        ])
    },
};

/// Claims are found where RFC 6901 says, or it is an error.
pub const CLAIM_PATH: Target = Target {
    name: "claim_path",
    run: |bytes| {
        let (path, document) = text(bytes).split_once('\n').unwrap_or_default();
        let Ok(Value::Object(claims)) = serde_json::from_str(document) else {
            return;
        };
        found(path, &claims);
    },
    seeds: || {
        texts([
            "/a/b/0\n{\"a\":{\"b\":[1]}}",
            "a\n{\"a\":1}",
            "/a~1b/~0\n{\"a/b\":{\"~\":1}}",
        ])
    },
};

fn found(path: &str, claims: &Map<String, Value>) {
    let Ok(parsed) = ClaimPath::parse(path) else {
        return;
    };
    let expected = if path.starts_with('/') {
        // A pointer needs a value to point into.
        Value::Object(claims.clone()).pointer(path).cloned()
    } else {
        claims.get(path).cloned()
    };
    match parsed.find(claims) {
        Ok(value) => assert_eq!(value.cloned(), expected),
        Err(_) => assert_eq!(expected, None),
    }
}

/// No credential stays in a text, and nothing else goes.
pub const REDACTION: Target = Target {
    name: "redaction",
    run: |bytes| {
        let text = text(bytes);
        let clean = redact(text);
        let shown = clean.as_deref().unwrap_or(text);
        assert_eq!(redact(shown), None, "what is clean is clean");
        for part in shown.split(|c: char| !c.is_ascii_alphanumeric() && !"-_.=".contains(c)) {
            assert!(ApiKey::parse(part).is_err(), "a key is left");
        }
        if !["tk_", "eyJ", tenancy_core::seal::PREFIX]
            .iter()
            .any(|mark| text.contains(mark))
        {
            assert_eq!(clean, None);
        }
    },
    seeds: || {
        let key = ApiKey::with_id(Uuid::nil())
            .expect("random bytes")
            .to_text();
        texts([
            format!("SELECT tenancy.bind('{key}')"),
            format!("x {key}tk_{key} eyJhbGciOiJIUzI1NiJ9.e30.x"),
            "nothing".to_owned(),
        ])
    },
};
