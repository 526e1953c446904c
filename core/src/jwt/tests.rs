//! Tokens, good and bad ones; what the tests of this module share.

mod accepted;
mod claims;
mod form;
mod header;
mod signature;

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
