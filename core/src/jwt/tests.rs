use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair,
    RsaPublicKeyComponents,
};
use data_encoding::BASE64;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::json;

use super::*;
use crate::context;
use crate::json::MAX_DEPTH;

const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://issuer.example/";
const SECRET: [u8; 32] = [9; 32];

/// A key pair of a test: its algorithm, what signs, and the public JWK without `kid`.
struct Pair {
    algorithm: Algorithm,
    signing: EncodingKey,
    jwk: Value,
}

impl Pair {
    fn alg(&self) -> &'static str {
        key_set::name(self.algorithm)
    }
}

static ED: LazyLock<Pair> = LazyLock::new(|| {
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
    let x = BASE64URL_NOPAD.encode(pair.public_key().as_ref());
    Pair {
        algorithm: Algorithm::EdDSA,
        signing: EncodingKey::from_ed_der(pkcs8.as_ref()),
        jwk: json!({"kty": "OKP", "crv": "Ed25519", "x": x}),
    }
});

static EC: LazyLock<Pair> = LazyLock::new(|| {
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref()).unwrap();
    let point = pair.public_key().as_ref();
    let (x, y) = (
        BASE64URL_NOPAD.encode(&point[1..33]),
        BASE64URL_NOPAD.encode(&point[33..]),
    );
    Pair {
        algorithm: Algorithm::ES256,
        signing: EncodingKey::from_ec_der(pkcs8.as_ref()),
        jwk: json!({"kty": "EC", "crv": "P-256", "x": x, "y": y}),
    }
});

static RSA_PAIR: LazyLock<RsaKeyPair> =
    LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());

static RSA: LazyLock<Pair> = LazyLock::new(|| {
    let pkcs8: Pkcs8V1Der = RSA_PAIR.as_der().unwrap();
    // PKCS #8 of a 2048 bit key is 26 bytes of header and then the PKCS #1 form that is wanted here.
    let signing = EncodingKey::from_rsa_der(&pkcs8.as_ref()[26..]);
    let public = RsaPublicKeyComponents::<Vec<u8>>::from(RSA_PAIR.public_key());
    let (n, e) = (
        BASE64URL_NOPAD.encode(&public.n),
        BASE64URL_NOPAD.encode(&public.e),
    );
    Pair {
        algorithm: Algorithm::RS256,
        signing,
        jwk: json!({"kty": "RSA", "n": n, "e": e}),
    }
});

static HS: LazyLock<Pair> = LazyLock::new(|| Pair {
    algorithm: Algorithm::HS256,
    signing: EncodingKey::from_secret(&SECRET),
    jwk: json!({"kty": "oct", "k": BASE64URL_NOPAD.encode(&SECRET)}),
});

fn all() -> [&'static Pair; 4] {
    [&ED, &EC, &RSA, &HS]
}

fn key_set(jwks: &[&Value]) -> KeySet {
    KeySet::parse(&json!({"keys": jwks}).to_string()).unwrap()
}

fn named(pair: &Pair, kid: &str) -> Value {
    let mut jwk = pair.jwk.clone();
    jwk["kid"] = kid.into();
    jwk
}

fn policy() -> JwtPolicy {
    JwtPolicy {
        issuer: ISSUER.to_owned(),
        audience: "db".to_owned(),
        leeway_seconds: 30,
        tenant_claim: "tenant".to_owned(),
        user_claim: "sub".to_owned(),
        roles_claim: "roles".to_owned(),
        capabilities_claim: "capabilities".to_owned(),
        scope_claim: "scope_floor".to_owned(),
        correlation_claim: "jti".to_owned(),
        actor_claim: "/act/sub".to_owned(),
        metadata_claim: "meta".to_owned(),
    }
}

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": "db", "exp": NOW + 60, "tenant": "acme", "sub": "u1"})
}

/// A token over these exact texts.
fn mint_text(pair: &Pair, header: &str, payload: &str) -> String {
    let signed = format!(
        "{}.{}",
        BASE64URL_NOPAD.encode(header.as_bytes()),
        BASE64URL_NOPAD.encode(payload.as_bytes())
    );
    let signature =
        jsonwebtoken::crypto::sign(signed.as_bytes(), &pair.signing, pair.algorithm).unwrap();
    format!("{signed}.{signature}")
}

fn mint(pair: &Pair, claims: &Value) -> String {
    mint_text(
        pair,
        &json!({"alg": pair.alg()}).to_string(),
        &claims.to_string(),
    )
}

/// The verdict on claims, signed with a secret.
fn judge(claims: &Value) -> Result<JwtIdentity, JwtError> {
    verify(&mint(&HS, claims), &key_set(&[&HS.jwk]), &policy(), NOW)
}

/// The verdict on the usual claims with one changed, or removed when null.
fn judge_with(name: &str, value: Value) -> Result<JwtIdentity, JwtError> {
    let mut claims = claims();
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(name);
    } else {
        claims[name] = value;
    }
    judge(&claims)
}

/// The verdict on a header, signed with a secret.
fn judge_header(header: &str) -> Result<JwtIdentity, JwtError> {
    let token = mint_text(&HS, header, &claims().to_string());
    verify(&token, &key_set(&[&HS.jwk]), &policy(), NOW)
}

fn bad_claim(result: Result<JwtIdentity, JwtError>, claim: &str) {
    match result {
        Err(JwtError::BadClaim { name, .. }) => assert_eq!(name, claim),
        other => panic!("{claim}: {other:?}"),
    }
}

// What is accepted.

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

// Attacks on the algorithm and the key.

#[test]
fn attack_alg_none() {
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        for signature in ["", "AAAA"] {
            let header = json!({"alg": alg}).to_string();
            let token = format!(
                "{}.{}.{signature}",
                BASE64URL_NOPAD.encode(header.as_bytes()),
                BASE64URL_NOPAD.encode(claims().to_string().as_bytes())
            );
            for pair in all() {
                assert_eq!(
                    verify(&token, &key_set(&[&pair.jwk]), &policy(), NOW),
                    Err(JwtError::AlgorithmMismatch)
                );
            }
        }
    }
}

#[test]
fn attack_signature_left_out() {
    for pair in all() {
        let token = mint(pair, &claims());
        let (signed, _) = token.rsplit_once('.').unwrap();
        let keys = key_set(&[&pair.jwk]);
        assert_eq!(
            verify(&format!("{signed}."), &keys, &policy(), NOW),
            Err(JwtError::Signature)
        );
        assert_eq!(verify(signed, &keys, &policy(), NOW), Err(JwtError::Parts));
    }
}

#[test]
fn attack_hs256_keyed_with_the_public_key() {
    let public = RSA_PAIR.public_key();
    let pkcs1 = public.as_ref().to_vec();
    let spki: PublicKeyX509Der = public.as_der().unwrap();
    let spki = spki.as_ref().to_vec();
    let components = RsaPublicKeyComponents::<Vec<u8>>::from(public);
    let pem = |der: &[u8], label: &str| {
        let body: Vec<String> = BASE64
            .encode(der)
            .as_bytes()
            .chunks(64)
            .map(|line| String::from_utf8(line.to_vec()).unwrap())
            .collect();
        format!(
            "-----BEGIN {label}-----\n{}\n-----END {label}-----",
            body.join("\n")
        )
    };
    let spki_pem = pem(&spki, "PUBLIC KEY");
    let secrets = [
        pkcs1.clone(),
        spki,
        components.n.clone(),
        [vec![0], components.n].concat(),
        pem(&pkcs1, "RSA PUBLIC KEY").into_bytes(),
        format!("{spki_pem}\n").into_bytes(),
        spki_pem.into_bytes(),
        RSA.jwk["n"].as_str().unwrap().as_bytes().to_vec(),
        RSA.jwk.to_string().into_bytes(),
    ];
    for secret in secrets {
        let forger = Pair {
            algorithm: Algorithm::HS256,
            signing: EncodingKey::from_secret(&secret),
            jwk: Value::Null,
        };
        for (alg, error) in [
            ("HS256", JwtError::AlgorithmMismatch),
            ("RS256", JwtError::Signature),
        ] {
            let header = json!({"alg": alg, "kid": "r"}).to_string();
            let token = mint_text(&forger, &header, &claims().to_string());
            // Beside a real secret, too: the kid picks the RSA key.
            let keys = key_set(&[&named(&RSA, "r"), &named(&HS, "h")]);
            assert_eq!(verify(&token, &keys, &policy(), NOW), Err(error));
        }
    }
}

#[test]
fn attack_every_algorithm_under_every_other_key() {
    for signer in all() {
        for victim in all() {
            if signer.algorithm == victim.algorithm {
                continue;
            }
            let keys = key_set(&[&victim.jwk]);
            assert_eq!(
                verify(&mint(signer, &claims()), &keys, &policy(), NOW),
                Err(JwtError::AlgorithmMismatch)
            );
            let header = json!({"alg": victim.alg()}).to_string();
            let token = mint_text(signer, &header, &claims().to_string());
            assert_eq!(
                verify(&token, &keys, &policy(), NOW),
                Err(JwtError::Signature)
            );
        }
    }
}

#[test]
fn attack_stronger_looking_algorithm_of_the_same_family() {
    for alg in [
        "HS384", "HS512", "hs256", "HS256 ", "RS256", "PS256", "EdDSA",
    ] {
        assert_eq!(
            judge_header(&json!({"alg": alg}).to_string()),
            Err(JwtError::AlgorithmMismatch)
        );
    }
}

#[test]
fn attack_another_key_of_the_same_algorithm() {
    let other = Pair {
        algorithm: Algorithm::HS256,
        signing: EncodingKey::from_secret(&[8; 32]),
        jwk: Value::Null,
    };
    assert_eq!(
        verify(
            &mint(&other, &claims()),
            &key_set(&[&HS.jwk]),
            &policy(),
            NOW
        ),
        Err(JwtError::Signature)
    );
}

#[test]
fn attack_unknown_kid_and_kid_tricks() {
    let keys = key_set(&[&named(&HS, "main")]);
    for kid in [
        "other",
        "",
        "MAIN",
        "main ",
        "../../dev/null",
        "main' OR '1'='1",
        "*",
    ] {
        let header = json!({"alg": "HS256", "kid": kid}).to_string();
        let token = mint_text(&HS, &header, &claims().to_string());
        assert_eq!(
            verify(&token, &keys, &policy(), NOW),
            Err(JwtError::UnknownKey)
        );
    }
    for kid in [json!(null), json!(0), json!(["main"])] {
        let header = json!({"alg": "HS256", "kid": kid}).to_string();
        assert_eq!(judge_header(&header), Err(JwtError::Header("kid")));
    }
}

#[test]
fn attack_kid_left_out_where_there_are_two_keys() {
    let keys = key_set(&[&named(&HS, "h"), &named(&ED, "e")]);
    for pair in [&*HS, &*ED] {
        assert_eq!(
            verify(&mint(pair, &claims()), &keys, &policy(), NOW),
            Err(JwtError::NoKeyId)
        );
    }
}

#[test]
fn attack_key_brought_along() {
    // The forger signs with a key of their own, and puts its public half where a careless verifier looks.
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
    let forger = Pair {
        algorithm: Algorithm::EdDSA,
        signing: EncodingKey::from_ed_der(pkcs8.as_ref()),
        jwk: json!({"kty": "OKP", "crv": "Ed25519",
            "x": BASE64URL_NOPAD.encode(pair.public_key().as_ref())}),
    };
    for extra in ["jwk", "jku", "x5c", "x5u"] {
        let header = json!({"alg": "EdDSA", extra: forger.jwk}).to_string();
        let token = mint_text(&forger, &header, &claims().to_string());
        assert_eq!(
            verify(&token, &key_set(&[&ED.jwk]), &policy(), NOW),
            Err(JwtError::Signature)
        );
        // And a rightly signed token is not hurt by such a member.
        let token = mint_text(&ED, &header, &claims().to_string());
        assert!(verify(&token, &key_set(&[&ED.jwk]), &policy(), NOW).is_ok());
    }
}

#[test]
fn attack_ecdsa_zero_and_der_signatures() {
    let token = mint(&EC, &claims());
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let raw = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
    assert_eq!(raw.len(), 64);
    // CVE-2022-21449: r = s = 0 once verified everything.
    let mut forged = vec![vec![0; 64], vec![0xff; 64], raw[..63].to_vec()];
    forged.push([raw.as_slice(), &[0]].concat());
    forged.push([&[0x30, 68, 2, 32][..], &raw[..32], &[2, 32], &raw[32..]].concat());
    for signature in forged {
        let token = format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature));
        assert_eq!(
            verify(&token, &key_set(&[&EC.jwk]), &policy(), NOW),
            Err(JwtError::Signature)
        );
    }
}

#[test]
fn attack_claims_of_one_token_under_the_signature_of_another() {
    for pair in all() {
        let mine = mint(pair, &claims());
        let mut other = claims();
        other["tenant"] = "globex".into();
        let payload = BASE64URL_NOPAD.encode(other.to_string().as_bytes());
        let parts: Vec<&str> = mine.split('.').collect();
        let spliced = format!("{}.{payload}.{}", parts[0], parts[2]);
        assert_eq!(
            verify(&spliced, &key_set(&[&pair.jwk]), &policy(), NOW),
            Err(JwtError::Signature)
        );
    }
}

// Attacks on the header.

#[test]
fn attack_duplicate_header_members() {
    for header in [
        r#"{"alg":"HS256","alg":"none"}"#,
        r#"{"alg":"none","alg":"HS256"}"#,
        r#"{"alg":"HS256","kid":"a","kid":"b"}"#,
        r#"{"alg":"HS256","\u0061lg":"HS256"}"#,
        r#"{"alg":"HS256","x":{"y":1,"y":2}}"#,
    ] {
        assert!(
            matches!(
                judge_header(header),
                Err(JwtError::HeaderJson(JsonError::DuplicateKey(_)))
            ),
            "{header}"
        );
    }
}

#[test]
fn attack_crit() {
    for crit in [json!(["exp"]), json!([]), json!(null), json!("b64")] {
        let header = json!({"alg": "HS256", "crit": crit, "b64": false}).to_string();
        assert_eq!(judge_header(&header), Err(JwtError::Critical));
    }
}

#[test]
fn malformed_headers() {
    assert_eq!(judge_header("{}"), Err(JwtError::NoAlgorithm));
    assert_eq!(judge_header("[]"), Err(JwtError::Header("JSON")));
    assert_eq!(judge_header(r#"{"alg":1}"#), Err(JwtError::Header("alg")));
    assert_eq!(
        judge_header(r#"{"alg":["HS256"]}"#),
        Err(JwtError::Header("alg"))
    );
    assert!(matches!(judge_header(""), Err(JwtError::HeaderJson(_))));
    assert!(matches!(
        judge_header(r#"{"alg":"HS256"} x"#),
        Err(JwtError::HeaderJson(_))
    ));
}

#[test]
fn only_types_of_access_tokens() {
    for typ in ["JWT", "jwt", "Jwt", "at+jwt", "AT+JWT"] {
        assert!(judge_header(&json!({"alg": "HS256", "typ": typ}).to_string()).is_ok());
    }
    for typ in [
        "dpop+jwt",
        "logout+jwt",
        "JWE",
        "",
        "JWT ",
        "application/at+jwt",
    ] {
        let header = json!({"alg": "HS256", "typ": typ}).to_string();
        assert_eq!(judge_header(&header), Err(JwtError::Type));
    }
    assert_eq!(
        judge_header(r#"{"alg":"HS256","typ":null}"#),
        Err(JwtError::Header("typ"))
    );
}

// Attacks on the form.

#[test]
fn attack_huge_tokens_are_not_looked_at() {
    let keys = key_set(&[&HS.jwk]);
    for token in [
        "a".repeat(1_000_000),
        ".".repeat(1_000_000),
        format!("{}{}", mint(&HS, &claims()), "A".repeat(1_000_000)),
        "x".repeat(MAX_TOKEN_LEN + 1),
    ] {
        assert_eq!(
            verify(&token, &keys, &policy(), NOW),
            Err(JwtError::TooLong)
        );
    }
}

#[test]
fn the_length_limit_is_exact() {
    let padded = |pad: usize| {
        let mut long = claims();
        long["pad"] = "x".repeat(pad).into();
        long
    };
    let longest = (10_000..13_000)
        .take_while(|pad| mint(&HS, &padded(*pad)).len() <= MAX_TOKEN_LEN)
        .last()
        .unwrap();
    assert!(MAX_TOKEN_LEN - mint(&HS, &padded(longest)).len() < 2);
    assert!(judge(&padded(longest)).is_ok());
    assert_eq!(judge(&padded(longest + 1)), Err(JwtError::TooLong));
}

#[test]
fn attack_truncated_at_every_position() {
    for pair in all() {
        let token = mint(pair, &claims());
        let keys = key_set(&[&pair.jwk]);
        for cut in 0..token.len() {
            assert!(
                verify(&token[..cut], &keys, &policy(), NOW).is_err(),
                "{cut}"
            );
        }
    }
}

#[test]
fn attack_every_bit_flipped_and_every_character_replaced() {
    let short = json!({"iss": ISSUER, "aud": "db", "exp": NOW + 60, "tenant": "a"});
    for pair in [&*HS, &*ED] {
        let token = mint(pair, &short);
        let keys = key_set(&[&pair.jwk]);
        assert!(verify(&token, &keys, &policy(), NOW).is_ok());
        for at in 0..token.len() {
            let mut others: Vec<u8> = (0..7)
                .map(|bit| token.as_bytes()[at] ^ (1 << bit))
                .collect();
            others.extend(b"A_-.= +/");
            for other in others {
                let mut bytes = token.clone().into_bytes();
                bytes[at] = other;
                let forged = String::from_utf8(bytes).unwrap();
                if forged != token {
                    assert!(
                        verify(&forged, &keys, &policy(), NOW).is_err(),
                        "{at} {other}"
                    );
                }
            }
        }
    }
}

#[test]
fn attack_other_spellings_of_the_same_token() {
    let keys = key_set(&[&HS.jwk]);
    let token = mint(&HS, &claims());
    let parts: Vec<&str> = token.split('.').collect();
    let (h, p, s) = (parts[0], parts[1], parts[2]);
    for other in [
        format!(" {token}"),
        format!("{token} "),
        format!("{token}\n"),
        format!("{token}\0"),
        format!("\u{feff}{token}"),
        format!("Bearer {token}"),
        format!("{h} .{p}.{s}"),
        format!("{h}.{p}\n.{s}"),
        format!("{h}.{p}. {s}"),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.AAAA"),
        format!("{h}=.{p}.{s}"),
        format!("{h}.{p}=.{s}"),
        format!("{h}.{p}==.{s}"),
        format!("{token}="),
        format!("{token}=="),
        format!("{token}A"),
        format!("{h}..{s}"),
        format!(".{p}.{s}"),
        format!("{h}.{p}.{s}é"),
        "..".to_owned(),
        String::new(),
    ] {
        assert!(verify(&other, &keys, &policy(), NOW).is_err(), "{other:?}");
    }
}

#[test]
fn attack_stray_bits_in_the_signature() {
    // 32 bytes leave two unused bits in the last of 43 characters.
    let token = mint(&HS, &claims());
    let (rest, last) = token.split_at(token.len() - 1);
    let other = (last.as_bytes()[0] + 1) as char;
    assert_eq!(
        verify(
            &format!("{rest}{other}"),
            &key_set(&[&HS.jwk]),
            &policy(),
            NOW
        ),
        Err(JwtError::Encoding("signature"))
    );
}

#[test]
fn the_signature_is_judged_before_the_claims() {
    for payload in ["not json", r#"{"a":1,"a":2}"#, "[]", &claims().to_string()] {
        let token = mint_text(&HS, r#"{"alg":"HS256"}"#, payload);
        let forged = mint_text(&ED, r#"{"alg":"HS256"}"#, payload);
        let keys = key_set(&[&HS.jwk]);
        assert_ne!(
            verify(&token, &keys, &policy(), NOW),
            Err(JwtError::Signature)
        );
        assert_eq!(
            verify(&forged, &keys, &policy(), NOW),
            Err(JwtError::Signature)
        );
    }
}

// Claims.

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
