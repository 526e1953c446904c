//! The keys of JWT issuers: a JSON Web Key Set (RFC 7517).
//!
//! A key alone decides with which algorithm its signatures are checked, so no token can choose a weaker one:
//!
//! | `kty` | `crv` | algorithm | at least |
//! |---|---|---|---|
//! | `OKP` | `Ed25519` | EdDSA | |
//! | `EC` | `P-256` | ES256 | |
//! | `RSA` | | RS256 | 2048 bits |
//! | `oct` | | HS256 | 32 bytes |

use std::fmt;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value};

use crate::json::{JsonError, parse_strict};
use crate::quote::quoted;

/// Longest text of a set, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;

/// Most keys of a set, usable or not.
pub const MAX_KEYS: usize = 256;

const MIN_RSA_BITS: usize = 2048;
const MAX_RSA_BITS: usize = 8192;
const MIN_SECRET_BYTES: usize = 32;

/// The usable keys of a set, at least one. `Debug` shows no key.
#[derive(Clone)]
pub struct KeySet {
    keys: Vec<Key>,
    ignored: Vec<IgnoredKey>,
}

/// A usable key.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) kid: Option<String>,
    pub(crate) algorithm: Algorithm,
    pub(crate) decoding: DecodingKey,
}

/// A key of the set that isn't used, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("key {number}: {reason}")]
pub struct IgnoredKey {
    /// Place of the key in the set, from 1.
    pub number: usize,
    /// Why it isn't used.
    pub reason: &'static str,
}

/// Why a text isn't a set of keys. No message shows any part of a key but its `kid`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// Not strict JSON of at most [`MAX_BYTES`] bytes.
    #[error("invalid key set: {0}")]
    Json(#[from] JsonError),
    /// Not an object with an array `keys` of objects.
    #[error("a key set is a JSON object with an array \"keys\" of objects")]
    Shape,
    /// More than [`MAX_KEYS`] keys.
    #[error("a key set has at most {MAX_KEYS} keys")]
    TooManyKeys,
    /// A key that should be usable is malformed.
    #[error("key {number}: {reason}")]
    BadKey {
        /// Place of the key in the set, from 1.
        number: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// Two usable keys have the same `kid`; holds it.
    #[error("two keys have the kid {}", quoted(.0))]
    DuplicateKid(String),
    /// No key is usable; holds the first that was ignored, if any.
    #[error("the key set has no usable key{}", first_reason(.0))]
    NoUsableKey(Option<IgnoredKey>),
}

/// What became of one key.
enum Reading {
    Usable(Box<Key>),
    Ignored(&'static str),
    Bad(&'static str),
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.keys.iter().map(|key| (&key.kid, key.algorithm)))
            .finish()
    }
}

impl KeySet {
    /// Parses a set. Keys for another use than verifying signatures, and keys of a kind or strength that isn't
    /// supported, are ignored as long as another is usable; a malformed key, or one with its private half, is an error.
    ///
    /// # Errors
    /// [`KeySetError`], naming the key by its place.
    pub fn parse(json: &str) -> Result<Self, KeySetError> {
        let set = parse_strict(json, MAX_BYTES)?;
        let Some(Value::Array(members)) = set.get("keys") else {
            return Err(KeySetError::Shape);
        };
        if members.len() > MAX_KEYS {
            return Err(KeySetError::TooManyKeys);
        }
        let mut keys: Vec<Key> = Vec::new();
        let mut ignored = Vec::new();
        for (number, member) in (1..).zip(members) {
            let jwk = member.as_object().ok_or(KeySetError::Shape)?;
            match read(jwk) {
                Reading::Bad(reason) => return Err(KeySetError::BadKey { number, reason }),
                Reading::Ignored(reason) => ignored.push(IgnoredKey { number, reason }),
                Reading::Usable(key) => {
                    if let Some(kid) = &key.kid
                        && keys.iter().any(|other| other.kid.as_ref() == Some(kid))
                    {
                        return Err(KeySetError::DuplicateKid(kid.clone()));
                    }
                    keys.push(*key);
                }
            }
        }
        if keys.is_empty() {
            return Err(KeySetError::NoUsableKey(ignored.first().copied()));
        }
        Ok(Self { keys, ignored })
    }

    /// Number of usable keys, at least 1.
    #[expect(clippy::len_without_is_empty, reason = "no set is empty")]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// The keys that aren't used, for a warning when the set is loaded.
    pub fn ignored(&self) -> &[IgnoredKey] {
        &self.ignored
    }

    /// The key that a token's `kid` selects: the one of that name or, without a `kid`, the only one.
    pub(crate) fn select(&self, kid: Option<&str>) -> Option<&Key> {
        match (kid, self.keys.as_slice()) {
            (Some(kid), keys) => keys.iter().find(|key| key.kid.as_deref() == Some(kid)),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }
}

fn read(jwk: &Map<String, Value>) -> Reading {
    match try_read(jwk) {
        Ok(key) => Reading::Usable(Box::new(key)),
        Err(reading) => reading,
    }
}

fn try_read(jwk: &Map<String, Value>) -> Result<Key, Reading> {
    check_use(jwk)?;
    let kty = text(jwk, "kty")?.ok_or(Reading::Bad("kty is missing"))?;
    let alg = text(jwk, "alg")?;
    let kid = text(jwk, "kid")?.map(str::to_owned);
    if kty != "oct" && jwk.contains_key("d") {
        // Whoever can read the file could then sign; a verifier has no business with it.
        return Err(Reading::Bad(
            "holds a private key, keep only its public members",
        ));
    }
    let algorithm = match (kty, text(jwk, "crv")?) {
        ("OKP", Some("Ed25519")) => Algorithm::EdDSA,
        ("EC", Some("P-256")) => Algorithm::ES256,
        ("RSA", _) => Algorithm::RS256,
        ("oct", _) => Algorithm::HS256,
        ("OKP" | "EC", _) => return Err(Reading::Ignored("curve is not supported")),
        _ => return Err(Reading::Ignored("kty is not supported")),
    };
    check_algorithm(alg, algorithm)?;
    let decoding = match algorithm {
        Algorithm::EdDSA => ed25519(jwk)?,
        Algorithm::ES256 => p256(jwk)?,
        Algorithm::RS256 => rsa(jwk)?,
        _ => secret(jwk)?,
    };
    Ok(Key {
        kid,
        algorithm,
        decoding,
    })
}

fn check_use(jwk: &Map<String, Value>) -> Result<(), Reading> {
    if text(jwk, "use")?.is_some_and(|purpose| purpose != "sig") {
        return Err(Reading::Ignored("use is not sig"));
    }
    match jwk.get("key_ops") {
        None => Ok(()),
        Some(Value::Array(operations)) if operations.iter().all(Value::is_string) => {
            if operations.iter().any(|operation| operation == "verify") {
                Ok(())
            } else {
                Err(Reading::Ignored("key_ops has no verify"))
            }
        }
        Some(_) => Err(Reading::Bad("key_ops is not an array of strings")),
    }
}

/// The key's own `alg`, if it has one, must be the algorithm of its type. One of ours on a key of another type is an
/// attempt to confuse or a bad mistake; any other is merely not supported.
fn check_algorithm(alg: Option<&str>, algorithm: Algorithm) -> Result<(), Reading> {
    match alg {
        None => Ok(()),
        Some(alg) if alg == name(algorithm) => Ok(()),
        Some("EdDSA" | "ES256" | "RS256" | "HS256") => {
            Err(Reading::Bad("alg does not agree with kty"))
        }
        Some(_) => Err(Reading::Ignored("alg is not supported")),
    }
}

fn ed25519(jwk: &Map<String, Value>) -> Result<DecodingKey, Reading> {
    let x = bytes(jwk, "x")?;
    if x.len() != 32 {
        return Err(Reading::Bad("x is not 32 bytes long"));
    }
    Ok(DecodingKey::from_ed_der(&x))
}

fn p256(jwk: &Map<String, Value>) -> Result<DecodingKey, Reading> {
    let (x, y) = (bytes(jwk, "x")?, bytes(jwk, "y")?);
    if x.len() != 32 || y.len() != 32 {
        return Err(Reading::Bad("x and y are not 32 bytes long"));
    }
    // SEC 1, section 2.3.3: an uncompressed point.
    let point = [&[4], x.as_slice(), y.as_slice()].concat();
    ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point)
        .map_err(|_| Reading::Bad("x and y are not a point of the curve"))?;
    Ok(DecodingKey::from_ec_der(&point))
}

fn rsa(jwk: &Map<String, Value>) -> Result<DecodingKey, Reading> {
    let (n, e) = (unsigned(jwk, "n")?, unsigned(jwk, "e")?);
    let bits = bit_length(&n);
    if bits < MIN_RSA_BITS {
        return Err(Reading::Ignored("RSA modulus has fewer than 2048 bits"));
    }
    if bits > MAX_RSA_BITS {
        return Err(Reading::Ignored("RSA modulus has more than 8192 bits"));
    }
    // An exponent of 1 would make every message its own signature; an even one is no RSA key.
    let odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
    if !odd(&n) || !odd(&e) || bit_length(&e) < 2 || bit_length(&e) > 33 {
        return Err(Reading::Bad("n and e are not an RSA public key"));
    }
    Ok(DecodingKey::from_rsa_raw_components(&n, &e))
}

fn secret(jwk: &Map<String, Value>) -> Result<DecodingKey, Reading> {
    let k = bytes(jwk, "k")?;
    if k.len() < MIN_SECRET_BYTES {
        return Err(Reading::Ignored("secret has fewer than 32 bytes"));
    }
    Ok(DecodingKey::from_secret(&k))
}

fn text<'j>(jwk: &'j Map<String, Value>, name: &'static str) -> Result<Option<&'j str>, Reading> {
    match jwk.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Reading::Bad("a member that should be a string is not")),
    }
}

fn bytes(jwk: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, Reading> {
    let text = text(jwk, name)?.ok_or(Reading::Bad("a member of the key is missing"))?;
    BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(|_| Reading::Bad("a member is not base64url without padding"))
}

/// A big-endian number without leading zeros, which some issuers add.
fn unsigned(jwk: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, Reading> {
    let number = bytes(jwk, name)?;
    Ok(number.into_iter().skip_while(|byte| *byte == 0).collect())
}

/// Bits of a big-endian number without leading zeros.
fn bit_length(number: &[u8]) -> usize {
    let leading = number.first().map_or(0, |byte| byte.leading_zeros());
    number
        .len()
        .saturating_mul(8)
        .saturating_sub(usize::try_from(leading).unwrap_or(0))
}

/// How a JOSE header names the algorithm.
pub(crate) fn name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::EdDSA => "EdDSA",
        Algorithm::ES256 => "ES256",
        Algorithm::RS256 => "RS256",
        Algorithm::HS256 => "HS256",
        _ => "unsupported",
    }
}

fn first_reason(ignored: &Option<IgnoredKey>) -> String {
    ignored.map_or_else(String::new, |key| format!(" ({key})"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    // RFC 8037, appendix A.2.
    const ED_X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    // RFC 7515, appendix A.3.
    const EC_X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    const EC_Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

    fn parse(keys: Value) -> Result<KeySet, KeySetError> {
        KeySet::parse(&json!({"keys": keys}).to_string())
    }

    fn ed() -> Value {
        json!({"kty": "OKP", "crv": "Ed25519", "x": ED_X})
    }

    fn with(mut jwk: Value, name: &str, value: impl Into<Value>) -> Value {
        jwk[name] = value.into();
        jwk
    }

    /// An RSA key of so many bits; a number that nobody factored is enough to be read.
    fn rsa_key(bits: usize) -> Value {
        let mut n = vec![0xff; bits / 8];
        n[0] = 0x80;
        json!({"kty": "RSA", "n": BASE64URL_NOPAD.encode(&n), "e": "AQAB"})
    }

    fn secret_key(bytes: usize) -> Value {
        json!({"kty": "oct", "k": BASE64URL_NOPAD.encode(&vec![7; bytes])})
    }

    #[test]
    fn each_supported_type_has_its_algorithm() {
        for (jwk, alg) in [
            (ed(), "EdDSA"),
            (
                json!({"kty": "EC", "crv": "P-256", "x": EC_X, "y": EC_Y}),
                "ES256",
            ),
            (rsa_key(2048), "RS256"),
            (secret_key(32), "HS256"),
        ] {
            let set = parse(json!([jwk])).unwrap();
            assert_eq!(set.len(), 1);
            assert_eq!(name(set.keys[0].algorithm), alg);
            assert!(parse(json!([with(jwk.clone(), "alg", alg)])).is_ok());
            for other in ["EdDSA", "ES256", "RS256", "HS256"] {
                if other != alg {
                    assert_eq!(
                        parse(json!([with(jwk.clone(), "alg", other)])).unwrap_err(),
                        KeySetError::BadKey {
                            number: 1,
                            reason: "alg does not agree with kty"
                        }
                    );
                }
            }
        }
    }

    #[test]
    fn unsupported_and_weak_keys_are_ignored_if_another_is_usable() {
        for jwk in [
            with(ed(), "crv", "Ed448"),
            with(ed(), "crv", "X25519"),
            json!({"kty": "OKP", "x": ED_X}),
            json!({"kty": "EC", "crv": "P-384", "x": EC_X, "y": EC_Y}),
            json!({"kty": "EC", "crv": "secp256k1", "x": EC_X, "y": EC_Y}),
            rsa_key(1024),
            rsa_key(2040),
            rsa_key(8200),
            secret_key(31),
            with(rsa_key(2048), "alg", "RS512"),
            with(rsa_key(2048), "alg", "RSA-OAEP"),
            with(secret_key(64), "alg", "HS512"),
            with(ed(), "alg", "none"),
            json!({"kty": "AKP"}),
            with(ed(), "use", "enc"),
            with(ed(), "key_ops", json!(["sign"])),
            with(ed(), "key_ops", json!([])),
        ] {
            let alone = parse(json!([jwk])).unwrap_err();
            let KeySetError::NoUsableKey(Some(ignored)) = &alone else {
                panic!("{jwk}: {alone}");
            };
            assert_eq!(ignored.number, 1);
            assert!(alone.to_string().contains(ignored.reason));
            let set = parse(json!([jwk, ed()])).unwrap();
            assert_eq!((set.len(), set.ignored()), (1, [*ignored].as_slice()));
        }
        assert_eq!(
            parse(json!([])).unwrap_err(),
            KeySetError::NoUsableKey(None)
        );
    }

    #[test]
    fn malformed_keys_are_errors_even_beside_usable_ones() {
        for jwk in [
            json!({"crv": "Ed25519", "x": ED_X}),
            json!({"kty": 1}),
            json!({"kty": "OKP", "crv": "Ed25519"}),
            with(ed(), "x", "AAAA"),
            with(ed(), "x", format!("{ED_X}=")),
            with(ed(), "x", format!("{ED_X} ")),
            with(ed(), "kid", 7),
            with(ed(), "alg", json!(null)),
            with(ed(), "use", json!(["sig"])),
            with(ed(), "key_ops", "verify"),
            with(ed(), "d", "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"),
            json!({"kty": "EC", "crv": "P-256", "x": EC_X}),
            json!({"kty": "EC", "crv": "P-256", "x": EC_Y, "y": EC_X}),
            json!({"kty": "EC", "crv": "P-256", "x": EC_X, "y": "AAAA"}),
            with(rsa_key(2048), "e", "AQ"),
            with(rsa_key(2048), "e", "AAAAAAAC"),
            with(rsa_key(2048), "e", ""),
            with(rsa_key(2048), "n", "!"),
            with(secret_key(32), "k", "+/+/"),
        ] {
            let error = parse(json!([ed(), jwk])).unwrap_err();
            assert!(
                matches!(error, KeySetError::BadKey { number: 2, .. }),
                "{jwk}: {error}"
            );
        }
    }

    #[test]
    fn leading_zeros_do_not_make_a_modulus_long() {
        let zeros = [vec![0; 256], vec![0xff; 128]].concat();
        let jwk = with(rsa_key(2048), "n", BASE64URL_NOPAD.encode(&zeros));
        assert!(matches!(
            parse(json!([jwk])),
            Err(KeySetError::NoUsableKey(_))
        ));
        let one = [vec![0; 1], vec![0xff; 256]].concat();
        let jwk = with(rsa_key(2048), "n", BASE64URL_NOPAD.encode(&one));
        assert!(parse(json!([jwk])).is_ok());
    }

    #[test]
    fn a_kid_is_unique_among_usable_keys() {
        let a = with(ed(), "kid", "a");
        let b = with(secret_key(32), "kid", "a");
        assert_eq!(
            parse(json!([a, b])).unwrap_err(),
            KeySetError::DuplicateKid("a".to_owned())
        );
        let encryption = with(b, "use", "enc");
        let set = parse(json!([a, encryption, ed(), ed()])).unwrap();
        assert_eq!(set.len(), 3);
    }

    #[test]
    fn a_key_is_selected_by_name_or_by_being_the_only_one() {
        let one = parse(json!([with(ed(), "kid", "a")])).unwrap();
        assert!(one.select(None).is_some() && one.select(Some("a")).is_some());
        assert!(one.select(Some("A")).is_none() && one.select(Some("")).is_none());
        let two = parse(json!([with(ed(), "kid", "a"), ed()])).unwrap();
        assert!(two.select(None).is_none() && two.select(Some("a")).is_some());
        let nameless = parse(json!([ed()])).unwrap();
        assert!(nameless.select(Some("a")).is_none() && nameless.select(None).is_some());
    }

    #[test]
    fn the_set_itself_is_strict() {
        for text in [
            "[]",
            "{}",
            r#"{"keys":{}}"#,
            r#"{"keys":[1]}"#,
            r#"{"keys":null}"#,
            "1",
        ] {
            assert_eq!(
                KeySet::parse(text).unwrap_err(),
                KeySetError::Shape,
                "{text}"
            );
        }
        for text in [
            "",
            r#"{"keys":[],"keys":[]}"#,
            r#"{"keys":[{"kty":"oct","kty":"RSA"}]}"#,
        ] {
            assert!(matches!(KeySet::parse(text), Err(KeySetError::Json(_))));
        }
        assert!(matches!(
            KeySet::parse(&" ".repeat(MAX_BYTES + 1)),
            Err(KeySetError::Json(JsonError::TooLong(_)))
        ));
        let many: Vec<Value> = (0..=MAX_KEYS).map(|_| ed()).collect();
        assert_eq!(parse(json!(many)).unwrap_err(), KeySetError::TooManyKeys);
    }

    #[test]
    fn debug_shows_names_and_algorithms_only() {
        let set = parse(json!([with(secret_key(32), "kid", "main")])).unwrap();
        assert_eq!(format!("{set:?}"), r#"[(Some("main"), HS256)]"#);
    }
}
