//! Verification of a JWT (RFC 7519 in RFC 7515 compact form, with the advice of RFC 8725).
//!
//! Order matters and is fixed: size, three parts, header, key, algorithm, signature; only then are claims decoded. The
//! key comes from the operator's [`KeySet`] and brings the algorithm; whatever the token says of keys (`jwk`, `jku`,
//! `x5c`, `x5u`) is ignored. Time is a parameter.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use serde_json::{Map, Value};

use crate::capability::Capabilities;
use crate::claim_path::{ClaimPath, ClaimPathError};
use crate::json::{JsonError, parse_strict};
use crate::key_set::{self, Key};
use crate::quote::quoted;
use crate::scope::Scope;

pub use crate::key_set::{KeySet, KeySetError};

/// Longest token, in bytes.
pub const MAX_TOKEN_LEN: usize = 16 * 1024;

/// Longest reference to a tenant, in bytes.
pub const MAX_TENANT_LEN: usize = 128;

/// Longest user id, actor, correlation id or role, in bytes.
pub const MAX_TEXT_LEN: usize = 512;

/// Most roles of a token.
pub const MAX_ROLES: usize = 256;

/// The last second of the year 9999. A later date is a mistake, most often milliseconds.
const LAST_SECOND: f64 = 253_402_300_799.0;

const MICROS_PER_SECOND: i64 = 1_000_000;

/// Whom to trust, and which claim means what. A claim's name that begins with `/` is an RFC 6901 JSON pointer, else a
/// top-level member. The name of any claim but the tenant's may be empty: then no claim means that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwtPolicy {
    /// What `iss` must equal. Not empty.
    pub issuer: String,
    /// What `aud` must contain. Not empty.
    pub audience: String,
    /// How far clocks may be apart, in seconds.
    pub leeway_seconds: u64,
    /// The claim with the tenant's id or slug, a string. Required in every token.
    pub tenant_claim: String,
    /// The claim with the user's id, a string.
    pub user_claim: String,
    /// The claim with the user's roles: an array of strings, or one string that spaces divide.
    pub roles_claim: String,
    /// The claim with capabilities or presets, in the same form as roles. Without it: read and write.
    pub capabilities_claim: String,
    /// The claim with the scope floor, an object. Without it: the whole tenant.
    pub scope_claim: String,
    /// The claim with the correlation id, a string.
    pub correlation_claim: String,
    /// The claim that names who acts, where that is not the user (RFC 8693 section 4.1), a string.
    pub actor_claim: String,
    /// The claim with the metadata, an object.
    pub metadata_claim: String,
}

/// What a verified token says.
#[derive(Debug, Clone, PartialEq)]
pub struct JwtIdentity {
    /// The tenant's id or slug: 1 to [`MAX_TENANT_LEN`] bytes, no control characters.
    pub tenant_ref: String,
    /// The user; empty if the token names none.
    pub user_id: String,
    /// The user's roles, in the token's order.
    pub roles: Vec<String>,
    /// What may be done; read and write if the token says nothing.
    pub capabilities: Capabilities,
    /// The scope floor; empty if the token has none.
    pub floor: Scope,
    /// The correlation id; empty if the token has none.
    pub correlation_id: String,
    /// Who acts for the user; empty if the token names none.
    pub actor: String,
    /// The metadata; empty if the token has none.
    pub metadata: Map<String, Value>,
    /// The issuer.
    pub issuer: String,
    /// When the token ends, in microseconds since the Unix epoch, without leeway.
    pub expires_at: i64,
    /// All top-level claims that are strings, numbers or booleans.
    pub claims: BTreeMap<String, Value>,
}

/// Why a token isn't accepted. No message shows any of the token but names of members.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// A setting without which nothing can be verified is empty; names it.
    #[error("no JWT {0} is configured")]
    NotConfigured(&'static str),
    /// Longer than [`MAX_TOKEN_LEN`].
    #[error("the token is longer than {MAX_TOKEN_LEN} bytes")]
    TooLong,
    /// Not exactly three parts.
    #[error("the token does not have three parts")]
    Parts,
    /// A part isn't base64url without padding, or not UTF-8; names the part.
    #[error("the token's {0} is not encoded in base64url")]
    Encoding(&'static str),
    /// The header isn't strict JSON.
    #[error("invalid token header: {0}")]
    HeaderJson(JsonError),
    /// The header isn't an object, or a member has the wrong type; names what.
    #[error("the token header's {0} is malformed")]
    Header(&'static str),
    /// The header demands extensions, and none is known.
    #[error("the token demands header extensions that are not supported")]
    Critical,
    /// The header names no algorithm.
    #[error("the token names no algorithm")]
    NoAlgorithm,
    /// The header's algorithm isn't the key's.
    #[error("the token's algorithm is not that of its key")]
    AlgorithmMismatch,
    /// The header says that this is another type of token.
    #[error("the token is not of type JWT")]
    Type,
    /// No key has the token's `kid`.
    #[error("the token is signed by an unknown key")]
    UnknownKey,
    /// The token has no `kid`, and there are several keys.
    #[error("the token names no key, and there are several")]
    NoKeyId,
    /// The signature is wrong.
    #[error("the token's signature is wrong")]
    Signature,
    /// The claims aren't strict JSON.
    #[error("invalid token claims: {0}")]
    ClaimsJson(JsonError),
    /// The claims aren't an object.
    #[error("the token's claims are not an object")]
    ClaimsShape,
    /// A claim can't be looked up.
    #[error(transparent)]
    ClaimPath(#[from] ClaimPathError),
    /// A required claim is missing; names it.
    #[error("the token has no claim {}", quoted(.0))]
    MissingClaim(String),
    /// A claim isn't what it should be; names it.
    #[error("the token's claim {} is not {expected}", quoted(.name))]
    BadClaim {
        /// The claim's name.
        name: String,
        /// What it should be.
        expected: &'static str,
    },
    /// `iss` isn't the trusted issuer.
    #[error("the token is of another issuer")]
    Issuer,
    /// `aud` doesn't contain this audience.
    #[error("the token is for another audience")]
    Audience,
    /// `exp` has passed.
    #[error("the token has expired")]
    Expired,
    /// `nbf` is in the future.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `iat` is in the future.
    #[error("the token was issued in the future")]
    IssuedInFuture,
}

/// Verifies a token at the time `now_unix_seconds` after the Unix epoch.
///
/// # Errors
/// [`JwtError`]: the first rule that the token breaks. None depends on claims before the signature has been verified.
pub fn verify(
    token: &str,
    keys: &KeySet,
    policy: &JwtPolicy,
    now_unix_seconds: u64,
) -> Result<JwtIdentity, JwtError> {
    if token.len() > MAX_TOKEN_LEN {
        return Err(JwtError::TooLong);
    }
    // An empty setting would match an empty claim.
    for (setting, value) in [
        ("issuer", &policy.issuer),
        ("audience", &policy.audience),
        ("tenant claim", &policy.tenant_claim),
    ] {
        if value.is_empty() {
            return Err(JwtError::NotConfigured(setting));
        }
    }
    let claims = verified_claims(token, keys)?;
    check_issuer(&claims, policy)?;
    check_audience(&claims, policy)?;
    let expires_at = check_times(&claims, policy, now_unix_seconds)?;
    let tenant_ref = text_claim(&claims, &policy.tenant_claim, MAX_TENANT_LEN)?
        .filter(|tenant| !tenant.is_empty())
        .ok_or_else(|| JwtError::MissingClaim(policy.tenant_claim.clone()))?;
    let user_id = text_claim(&claims, &policy.user_claim, MAX_TEXT_LEN)?.unwrap_or_default();
    let actor = text_claim(&claims, &policy.actor_claim, MAX_TEXT_LEN)?.unwrap_or_default();
    if user_id.is_empty() && !actor.is_empty() {
        return Err(bad(&policy.user_claim, "there, whom the actor acts for"));
    }
    Ok(JwtIdentity {
        tenant_ref,
        user_id,
        roles: names_claim(&claims, &policy.roles_claim)?.unwrap_or_default(),
        capabilities: capabilities(&claims, &policy.capabilities_claim)?,
        floor: floor(&claims, &policy.scope_claim)?,
        correlation_id: text_claim(&claims, &policy.correlation_claim, MAX_TEXT_LEN)?
            .unwrap_or_default(),
        actor,
        metadata: metadata(&claims, &policy.metadata_claim)?,
        issuer: policy.issuer.clone(),
        expires_at,
        claims: claims
            .into_iter()
            .filter(|(_, value)| value.is_string() || value.is_number() || value.is_boolean())
            .collect(),
    })
}

/// The claims of a token whose signature is right.
fn verified_claims(token: &str, keys: &KeySet) -> Result<Map<String, Value>, JwtError> {
    let mut parts = token.split('.');
    let (Some(header), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(JwtError::Parts);
    };
    let key = select_key(&decode(header, "header")?, keys)?;
    let signature = decode_bytes(signature, "signature")?;
    let signed_len = header.len().saturating_add(1).saturating_add(payload.len());
    let signed = token.as_bytes().get(..signed_len).ok_or(JwtError::Parts)?;
    check_signature(signed, signature, key)?;
    match parse_strict(&decode(payload, "payload")?, MAX_TOKEN_LEN) {
        Ok(Value::Object(claims)) => Ok(claims),
        Ok(_) => Err(JwtError::ClaimsShape),
        Err(error) => Err(JwtError::ClaimsJson(error)),
    }
}

/// The key that the header selects, after every check on the header.
fn select_key<'k>(header: &str, keys: &'k KeySet) -> Result<&'k Key, JwtError> {
    let header = match parse_strict(header, MAX_TOKEN_LEN) {
        Ok(Value::Object(header)) => header,
        Ok(_) => return Err(JwtError::Header("JSON")),
        Err(error) => return Err(JwtError::HeaderJson(error)),
    };
    let member = |name: &'static str| match header.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(JwtError::Header(name)),
    };
    if header.contains_key("crit") {
        return Err(JwtError::Critical);
    }
    if let Some(typ) = member("typ")?
        && !typ.eq_ignore_ascii_case("JWT")
        && !typ.eq_ignore_ascii_case("at+jwt")
    {
        return Err(JwtError::Type);
    }
    let alg = member("alg")?.ok_or(JwtError::NoAlgorithm)?;
    let kid = member("kid")?;
    let key = keys.select(kid).ok_or(match kid {
        Some(_) => JwtError::UnknownKey,
        None => JwtError::NoKeyId,
    })?;
    if alg != key_set::name(key.algorithm) {
        return Err(JwtError::AlgorithmMismatch);
    }
    Ok(key)
}

fn check_signature(signed: &[u8], signature: Vec<u8>, key: &Key) -> Result<(), JwtError> {
    // The provider is named rather than looked up: the look-up is global state, and panics if features of the
    // dependency are unified to two providers.
    let verifier = (DEFAULT_PROVIDER.verifier_factory)(&key.algorithm, &key.decoding)
        .map_err(|_| JwtError::Signature)?;
    if verifier.algorithm() != key.algorithm {
        return Err(JwtError::Signature);
    }
    verifier
        .verify(signed, &signature)
        .map_err(|_| JwtError::Signature)
}

fn decode_bytes(part: &str, name: &'static str) -> Result<Vec<u8>, JwtError> {
    BASE64URL_NOPAD
        .decode(part.as_bytes())
        .map_err(|_| JwtError::Encoding(name))
}

fn decode(part: &str, name: &'static str) -> Result<String, JwtError> {
    String::from_utf8(decode_bytes(part, name)?).map_err(|_| JwtError::Encoding(name))
}

fn check_issuer(claims: &Map<String, Value>, policy: &JwtPolicy) -> Result<(), JwtError> {
    match claims.get("iss") {
        Some(Value::String(issuer)) if *issuer == policy.issuer => Ok(()),
        Some(Value::String(_)) => Err(JwtError::Issuer),
        Some(_) => Err(bad("iss", "a string")),
        None => Err(JwtError::MissingClaim("iss".to_owned())),
    }
}

fn check_audience(claims: &Map<String, Value>, policy: &JwtPolicy) -> Result<(), JwtError> {
    const EXPECTED: &str = "a string or an array of strings";
    let contained = match claims.get("aud") {
        Some(Value::String(audience)) => *audience == policy.audience,
        Some(Value::Array(audiences)) if audiences.iter().all(Value::is_string) => audiences
            .iter()
            .any(|audience| *audience == *policy.audience),
        Some(_) => return Err(bad("aud", EXPECTED)),
        None => return Err(JwtError::MissingClaim("aud".to_owned())),
    };
    if contained {
        Ok(())
    } else {
        Err(JwtError::Audience)
    }
}

/// The expiry in microseconds since the epoch, after `exp`, `nbf` and `iat` are checked.
fn check_times(
    claims: &Map<String, Value>,
    policy: &JwtPolicy,
    now_unix_seconds: u64,
) -> Result<i64, JwtError> {
    let micros = |seconds: u64| {
        i64::try_from(seconds)
            .unwrap_or(i64::MAX)
            .saturating_mul(MICROS_PER_SECOND)
    };
    let now = micros(now_unix_seconds);
    let leeway = micros(policy.leeway_seconds);
    let expires_at =
        time_claim(claims, "exp")?.ok_or_else(|| JwtError::MissingClaim("exp".to_owned()))?;
    // RFC 7519 section 4.1.4: not accepted on or after the time.
    if now >= expires_at.saturating_add(leeway) {
        return Err(JwtError::Expired);
    }
    let latest = now.saturating_add(leeway);
    if time_claim(claims, "nbf")?.is_some_and(|not_before| not_before > latest) {
        return Err(JwtError::NotYetValid);
    }
    if time_claim(claims, "iat")?.is_some_and(|issued_at| issued_at > latest) {
        return Err(JwtError::IssuedInFuture);
    }
    Ok(expires_at)
}

/// A NumericDate (RFC 7519 section 2) in microseconds since the epoch, rounded down.
fn time_claim(claims: &Map<String, Value>, name: &'static str) -> Result<Option<i64>, JwtError> {
    const EXPECTED: &str = "a number of seconds since 1970";
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    let seconds = value.as_f64().ok_or_else(|| bad(name, EXPECTED))?;
    if !(0.0..=LAST_SECOND).contains(&seconds) {
        return Err(bad(name, EXPECTED));
    }
    let micros = match value.as_i64() {
        Some(seconds) => seconds.saturating_mul(MICROS_PER_SECOND),
        #[expect(clippy::cast_possible_truncation, reason = "at most 2.6e17")]
        None => (seconds * 1e6).floor() as i64,
    };
    Ok(Some(micros))
}

fn find<'c>(claims: &'c Map<String, Value>, name: &str) -> Result<Option<&'c Value>, JwtError> {
    if name.is_empty() {
        return Ok(None);
    }
    Ok(ClaimPath::parse(name)?.find(claims)?)
}

fn text_claim(
    claims: &Map<String, Value>,
    name: &str,
    max_len: usize,
) -> Result<Option<String>, JwtError> {
    match find(claims, name)? {
        None => Ok(None),
        Some(Value::String(text)) if is_plain(text, max_len) => Ok(Some(text.clone())),
        Some(_) => Err(bad(name, "a short string without control characters")),
    }
}

/// Names from an array of strings, or from one string that spaces divide.
fn names_claim(claims: &Map<String, Value>, name: &str) -> Result<Option<Vec<String>>, JwtError> {
    const EXPECTED: &str = "an array of names, or one string of names with spaces between";
    let names: Vec<&str> = match find(claims, name)? {
        None => return Ok(None),
        Some(Value::String(text)) => text.split(' ').filter(|name| !name.is_empty()).collect(),
        Some(Value::Array(names)) => names
            .iter()
            .map(|name| name.as_str().filter(|name| !name.is_empty()))
            .collect::<Option<_>>()
            .ok_or_else(|| bad(name, EXPECTED))?,
        Some(_) => return Err(bad(name, EXPECTED)),
    };
    if names.len() > MAX_ROLES || !names.iter().all(|name| is_plain(name, MAX_TEXT_LEN)) {
        return Err(bad(name, EXPECTED));
    }
    Ok(Some(names.into_iter().map(str::to_owned).collect()))
}

fn capabilities(claims: &Map<String, Value>, name: &str) -> Result<Capabilities, JwtError> {
    match names_claim(claims, name)? {
        None => Ok(Capabilities::READ.union(Capabilities::WRITE)),
        Some(names) => Capabilities::parse_names(names.iter().map(String::as_str))
            .map_err(|_| bad(name, "a list of known capabilities")),
    }
}

fn floor(claims: &Map<String, Value>, name: &str) -> Result<Scope, JwtError> {
    match find(claims, name)? {
        None => Ok(Scope::default()),
        Some(value) => Scope::from_value(value)
            .map_err(|_| bad(name, "a scope: a flat object of non-empty strings")),
    }
}

fn metadata(claims: &Map<String, Value>, name: &str) -> Result<Map<String, Value>, JwtError> {
    match find(claims, name)? {
        None => Ok(Map::new()),
        Some(Value::Object(members)) => Ok(members.clone()),
        Some(_) => Err(bad(name, "an object")),
    }
}

fn is_plain(text: &str, max_len: usize) -> bool {
    text.len() <= max_len && !text.chars().any(char::is_control)
}

fn bad(name: &str, expected: &'static str) -> JwtError {
    JwtError::BadClaim {
        name: name.to_owned(),
        expected,
    }
}

#[cfg(test)]
mod tests;
