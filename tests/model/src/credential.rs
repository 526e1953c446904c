//! Credentials as the model knows them: what a key's row or a token says.

use std::fmt;
use std::rc::Rc;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tenancy_core::rights::Rights;
use tenancy_core::scope::Scope;

use crate::world::Tenant;

/// A text that nobody prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a secret")
    }
}

/// A key, as an index of the model's.
pub type KeyNo = usize;

#[derive(Clone, Debug)]
pub struct Key {
    pub id: String,
    pub secret: Secret,
    pub tenant: Tenant,
    /// What its row says, which its parents may narrow.
    pub rights: Rights,
    pub parent: Option<KeyNo>,
    pub revoked: bool,
    /// If not, it is there for the transaction that makes it, at most.
    pub committed: bool,
}

#[derive(Debug)]
pub struct Token {
    pub text: Secret,
    /// None where it names one that does not exist.
    pub names: Option<Tenant>,
    pub rights: Rights,
    /// Whether it acts on behalf of somebody.
    pub acts: bool,
}

/// What is handed to `bind`.
#[derive(Clone, Debug)]
pub enum Credential {
    Key(KeyNo),
    Token(Rc<Token>),
    /// No credential at all, with what is wrong about it.
    Nonsense(Secret, &'static str),
}

/// What the server forgives clocks, in microseconds: the default of `tenancy.jwt_leeway`.
pub const LEEWAY: i64 = 30_000_000;

/// What a token is to say.
pub struct Claims<'a> {
    /// The tenant's id or slug.
    pub tenant: &'a str,
    /// Seconds since the Unix epoch.
    pub expires_at: i64,
    /// Names of capabilities, as a list or in one text; none for the usual ones.
    pub capabilities: Option<Value>,
    pub scope: Option<&'a Scope>,
    pub acts: bool,
}

/// Signs a token of the test issuer with the shared secret among its published keys.
pub fn sign(claims: &Claims<'_>) -> Secret {
    let keys: Value =
        serde_json::from_str(include_str!("../../fixtures/private-keys.json")).unwrap();
    let keys = keys["keys"].as_array().unwrap();
    let key = keys.iter().find(|key| key["kty"] == "oct").unwrap();
    let secret = BASE64URL_NOPAD
        .decode(key["k"].as_str().unwrap().as_bytes())
        .unwrap();
    let mut header = Header::new(Algorithm::HS256);
    header.kid = key["kid"].as_str().map(str::to_owned);
    let mut payload = json!({
        "iss": "https://issuer.test",
        "aud": "pg_tenancy_test",
        "sub": "user",
        "tenant_id": claims.tenant,
        "exp": claims.expires_at,
    });
    if let Some(capabilities) = &claims.capabilities {
        payload["tenancy_capabilities"] = capabilities.clone();
    }
    if let Some(scope) = claims.scope {
        payload["tenancy_scope"] = serde_json::from_str(&scope.to_json()).unwrap();
    }
    if claims.acts {
        payload["act"] = json!({"sub": "actor"});
    }
    Secret(jsonwebtoken::encode(&header, &payload, &EncodingKey::from_secret(&secret)).unwrap())
}
