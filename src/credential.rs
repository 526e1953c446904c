//! Credentials: what an API key or a token says, as a context bound to a transaction.

use std::collections::BTreeMap;
use std::rc::Rc;

use tenancy_core::api_key::ApiKey;
use tenancy_core::capability::Capabilities;
use tenancy_core::context::{Binding, CredentialKind, RunContext};
use tenancy_core::rights::Rights;
use tenancy_core::scope::Scope;
use uuid::Uuid;

use crate::catalog::{Key, Tenant};
use crate::error::{Error, Result};
use crate::{catalog, guc, jwks, time};

/// What a credential says, as a context bound to `owner`.
pub fn verify(text: &str, owner: Binding) -> Result<RunContext> {
    if text.starts_with(tenancy_core::api_key::PREFIX) {
        api_key(text, owner)
    } else {
        token(text, owner)
    }
}

/// The tenant that a token names. That of shared rows is bound with a key only.
pub fn tenant_of_token(reference: &str) -> Result<Option<Rc<Tenant>>> {
    Ok(catalog::tenant(reference)?.filter(|tenant| !tenant.id.is_nil()))
}

/// Most keys between a key and the first that was delegated to it, both included.
pub const MAX_LINE: usize = 16;

/// A key and those it descends from.
pub struct Line {
    /// The key first.
    keys: Vec<Rc<Key>>,
    /// The tenant of all of them.
    pub tenant_id: Uuid,
    /// When the first of them ends, in microseconds since the Unix epoch.
    pub expires_at: i64,
}

/// The line of a key. Refuses one that is not whole: a key was revoked or deleted, or is another tenant's, and lines
/// that never end.
pub fn line(key_id: Uuid) -> Result<Line> {
    let mut keys: Vec<Rc<Key>> = Vec::new();
    let mut expires_at = i64::MAX;
    let mut next = Some(key_id);
    while let Some(id) = next {
        let key = catalog::key(id)?.ok_or(Error::UnknownKey)?;
        if key.revoked {
            return Err(Error::RevokedKey);
        }
        let stranger = keys.first().is_some_and(|k| k.tenant_id != key.tenant_id);
        if stranger || keys.len() >= MAX_LINE {
            return Err(Error::UnknownKey);
        }
        expires_at = expires_at.min(key.rights.expires_at.unwrap_or(i64::MAX));
        next = key.parent;
        keys.push(key);
    }
    let tenant_id = keys.first().ok_or(Error::UnknownKey)?.tenant_id;
    Ok(Line {
        keys,
        tenant_id,
        expires_at,
    })
}

impl Line {
    /// How many keys it has.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// What the key may do: no more than any of those it descends from, whatever its own row says.
    fn rights(&self) -> Result<Rights> {
        let mut all = Rights {
            floor: Scope::default(),
            capabilities: Capabilities::ALL,
            expires_at: None,
        };
        for key in &self.keys {
            all = all.narrowed_by(&key.rights).map_err(Error::Scopes)?;
        }
        Ok(all)
    }
}

/// What a token says, as a context bound to `owner`.
pub fn token(text: &str, owner: Binding) -> Result<RunContext> {
    let now = u64::try_from(time::now_unix_micros() / 1_000_000).unwrap_or(0);
    if text.split('.').count() != 3 {
        return Err(Error::Unrecognized);
    }
    let identity = jwks::verify(text, now)?;
    // The leeway that verification gives, the accessors give too.
    let leeway = i64::try_from(guc::jwt_leeway())
        .unwrap_or(0)
        .saturating_mul(1_000_000);
    Ok(RunContext {
        binding: owner,
        kind: CredentialKind::Jwt,
        tenant_ref: identity.tenant_ref.clone(),
        tenant_id: None,
        key_id: None,
        capabilities: identity.capabilities,
        expires_at: Some(identity.expires_at.saturating_add(leeway)),
        // Who acts for the user, where the token names one.
        principal: if identity.actor.is_empty() {
            identity.user_id.clone()
        } else {
            identity.actor.clone()
        },
        on_behalf_of: if identity.actor.is_empty() {
            String::new()
        } else {
            identity.user_id.clone()
        },
        on_behalf_of_key: None,
        user_id: identity.user_id.clone(),
        correlation_id: identity.correlation_id.clone(),
        issuer: identity.issuer.clone(),
        floor: identity.floor.clone(),
        roles: identity.roles.clone(),
        claims: identity.claims.clone(),
        metadata: identity.metadata.clone(),
    })
}

/// What an API key says, as a context bound to `owner`.
fn api_key(text: &str, owner: Binding) -> Result<RunContext> {
    let given = ApiKey::parse(text)?;
    let known = catalog::key(given.key_id)?;
    let key = match known {
        Some(key) if given.matches(&key.digest) => key,
        _ => {
            // One more read and comparison, whether the key is unknown or the secret wrong: both take the same time.
            let read = catalog::key_uncached(given.key_id)?;
            given.matches(&read.map_or_else(|| vec![0; 32], |key| key.digest));
            return Err(Error::UnknownKey);
        }
    };
    let rights = line(given.key_id)?.rights()?;
    Ok(RunContext {
        binding: owner,
        kind: CredentialKind::ApiKey,
        tenant_ref: key.tenant_id.to_string(),
        tenant_id: Some(key.tenant_id),
        key_id: Some(given.key_id),
        capabilities: rights.capabilities,
        expires_at: rights.expires_at,
        principal: key.principal.clone(),
        on_behalf_of: String::new(),
        on_behalf_of_key: None,
        user_id: String::new(),
        correlation_id: String::new(),
        issuer: String::new(),
        floor: rights.floor,
        roles: Vec::new(),
        claims: BTreeMap::new(),
        metadata: serde_json::Map::new(),
    })
}
