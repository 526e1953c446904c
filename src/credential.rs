//! Credentials: what an API key or a token says, as a context bound to a transaction.

use std::collections::BTreeMap;

use tenancy_core::api_key::ApiKey;
use tenancy_core::capability::Capabilities;
use tenancy_core::context::{Binding, CredentialKind, RunContext};
use tenancy_core::scope::Scope;

use crate::error::{Error, Result};
use crate::{catalog, guc, jwks};

/// What a token says, as a context bound to `owner`.
pub fn token(text: &str, owner: Binding) -> Result<RunContext> {
    let now = u64::try_from(catalog::now_unix_micros() / 1_000_000).unwrap_or(0);
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
        principal: identity.user_id.clone(),
        user_id: identity.user_id.clone(),
        correlation_id: identity.correlation_id.clone(),
        issuer: identity.issuer.clone(),
        floor: identity.floor.clone(),
        roles: identity.roles.clone(),
        claims: identity.claims.clone(),
        metadata: serde_json::Map::new(),
    })
}

/// What an API key says, as a context bound to `owner`.
pub fn api_key(text: &str, owner: Binding) -> Result<RunContext> {
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
    if key.revoked {
        return Err(Error::RevokedKey);
    }
    let capabilities = Capabilities::parse_names(key.capabilities.iter().map(String::as_str))?;
    Ok(RunContext {
        binding: owner,
        kind: CredentialKind::ApiKey,
        tenant_ref: key.tenant_id.to_string(),
        tenant_id: Some(key.tenant_id),
        key_id: Some(given.key_id),
        capabilities,
        expires_at: key.expires_at,
        principal: key.principal.clone(),
        user_id: String::new(),
        correlation_id: String::new(),
        issuer: String::new(),
        floor: Scope::parse(&key.floor).map_err(|e| Error::BadContext(e.to_string()))?,
        roles: Vec::new(),
        claims: BTreeMap::new(),
        metadata: serde_json::Map::new(),
    })
}
