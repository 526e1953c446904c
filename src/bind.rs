//! SQL functions that bind a tenant to the transaction, and take it back.

use std::collections::BTreeMap;

use pgrx::AnyElement;
use pgrx::prelude::*;
use serde_json::{Map, Value};
use tenancy_core::context::{CredentialKind, RunContext};
use tenancy_core::rights::Rights;
use tenancy_core::scope::Scope;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::{catalog, credential, denial, guc, id, jsonb, role, session, transaction, usage};

type Report<T> = Result<T, pgrx::pg_sys::panic::ErrorReport>;

/// Verifies a credential and binds its tenant to this transaction; gives the tenant's id.
#[pg_extern(
    volatile,
    parallel_unsafe,
    requires = ["tables"],
    sql = "CREATE FUNCTION tenancy.bind(credential text, context jsonb DEFAULT '{}') RETURNS uuid
           LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', '@FUNCTION_NAME@';"
)]
fn bind(credential: Option<&str>, context: Option<AnyElement>) -> Report<pgrx::Uuid> {
    let credential = credential
        .filter(|c| !c.is_empty())
        .ok_or(Error::MissingCredential)?;
    let addition = addition(jsonb::argument("context", context)?.1)?;
    denial::used();
    let tenant = bind_credential(credential, addition)?;
    Ok(id::to_sql(tenant))
}

/// Reads `bind`'s context argument.
fn addition(value: Value) -> Result<Addition> {
    let Value::Object(members) = value else {
        return Err(Error::BadContext("it must be a JSON object".into()));
    };
    let text = |name: &str, value: Value| match value {
        Value::String(text) => Ok(text),
        _ => Err(Error::BadContext(format!("{name} must be a string"))),
    };
    let object = |name: &str, value: Value| match value {
        Value::Object(object) => Ok(object),
        _ => Err(Error::BadContext(format!("{name} must be an object"))),
    };
    let mut addition = Addition::default();
    for (name, value) in members {
        match name.as_str() {
            "user_id" => addition.user_id = Some(text("user_id", value)?),
            "correlation_id" => addition.correlation_id = Some(text("correlation_id", value)?),
            "metadata" => addition.metadata = object("metadata", value)?,
            "claims" => addition.claims = object("claims", value)?.into_iter().collect(),
            "on_behalf_of" => addition.on_behalf_of = Some(text("on_behalf_of", value)?),
            "scope" => {
                addition.scope =
                    Scope::from_value(&value).map_err(|e| Error::BadContext(e.to_string()))?;
            }
            "roles" => {
                let Value::Array(roles) = value else {
                    return Err(Error::BadContext(
                        "roles must be an array of strings".into(),
                    ));
                };
                addition.roles = roles
                    .into_iter()
                    .map(|r| text("each of roles", r))
                    .collect::<Result<_>>()?;
            }
            _ => {
                return Err(Error::BadContext(
                    "it has a member that is not known".into(),
                ));
            }
        }
    }
    Ok(addition)
}

/// Takes the context back, for the rest of the transaction.
#[pg_extern(volatile, parallel_unsafe, requires = ["tables"])]
fn unbind() -> Report<()> {
    Ok(guc::set_session(
        "",
        guc::binding() == guc::Binding::Session,
    )?)
}

/// What the caller of `bind` adds to the credential.
#[derive(Default)]
struct Addition {
    /// The acting user, for keys.
    user_id: Option<String>,
    /// The user's roles, for keys.
    roles: Vec<String>,
    /// Claims about the user, for keys.
    claims: BTreeMap<String, Value>,
    /// Ties what happens to a request.
    correlation_id: Option<String>,
    /// Anything else worth keeping with it.
    metadata: Map<String, Value>,
    /// Where inside the credential's floor to act.
    scope: Scope,
    /// The credential of whom it acts for.
    on_behalf_of: Option<String>,
}

/// Verifies a credential and binds its tenant to this transaction; gives the tenant's id.
fn bind_credential(text: &str, addition: Addition) -> Result<Uuid> {
    role::refuse_exempt_session()?;
    role::refuse_exempt_current()?;
    let mut owner = transaction::owner().ok_or(Error::Unbound)?;
    owner.whole_session = guc::binding() == guc::Binding::Session;
    let mut run = credential::verify(text, owner)?;
    let mut token = run.kind == CredentialKind::Jwt;
    if let Some(text) = &addition.on_behalf_of {
        let other = credential::verify(text, owner)?;
        token |= other.kind == CredentialKind::Jwt;
        run = act_for(run, other)?;
    }
    if token
        && (addition.user_id.is_some() || !addition.roles.is_empty() || !addition.claims.is_empty())
    {
        return Err(Error::BadContext(
            "user_id, roles and claims come from the token".into(),
        ));
    }
    if let Some(user_id) = addition.user_id {
        run.user_id = user_id;
    }
    if !addition.roles.is_empty() {
        run.roles = addition.roles;
    }
    if !addition.claims.is_empty() {
        run.claims = addition.claims;
    }
    if let Some(correlation_id) = addition.correlation_id {
        run.correlation_id = correlation_id;
    }
    // What a token says stands.
    let given = std::mem::replace(&mut run.metadata, addition.metadata);
    run.metadata.extend(given);
    run.floor = run.floor.join(&addition.scope).map_err(Error::Scopes)?;
    let whole_session = owner.whole_session;
    session::refuse_another(owner.lxid, &run.tenant_ref)?;
    let keys = [run.key_id, run.on_behalf_of_key];
    session::set(run.encode()?, whole_session)?;
    let tenant = session::with_context(|_, tenant| tenant.id)?.ok_or(Error::Unbound)?;
    keys.into_iter().flatten().for_each(usage::note);
    Ok(tenant)
}

/// A context that acts on behalf of another credential's: no wider than either of them, and both named in it. Neither
/// may itself act for somebody.
fn act_for(run: RunContext, other: RunContext) -> Result<RunContext> {
    if !run.on_behalf_of.is_empty() || !other.on_behalf_of.is_empty() {
        return Err(Error::BadContext(
            "a token that acts for somebody cannot be combined with on_behalf_of".into(),
        ));
    }
    if other.principal.is_empty() {
        return Err(Error::BadContext(
            "the credential of on_behalf_of names nobody".into(),
        ));
    }
    if tenant_of(&run)? != tenant_of(&other)? {
        return Err(Error::ForAnotherTenant);
    }
    let rights = rights(&run)
        .narrowed_by(&rights(&other))
        .map_err(Error::Scopes)?;
    let mut both = RunContext {
        floor: rights.floor,
        capabilities: rights.capabilities,
        expires_at: rights.expires_at,
        on_behalf_of: other.principal,
        on_behalf_of_key: other.key_id,
        ..run
    };
    // The user is who it acts for. Roles and claims of two tokens count where both have them.
    if other.kind == CredentialKind::Jwt {
        both.user_id = other.user_id;
        if both.kind == CredentialKind::Jwt {
            both.roles.retain(|role| other.roles.contains(role));
            both.claims
                .retain(|name, value| other.claims.get(name) == Some(value));
        } else {
            (both.roles, both.claims) = (other.roles, other.claims);
        }
    }
    Ok(both)
}

fn rights(run: &RunContext) -> Rights {
    Rights {
        floor: run.floor.clone(),
        capabilities: run.capabilities,
        expires_at: run.expires_at,
    }
}

fn tenant_of(run: &RunContext) -> Result<Uuid> {
    let tenant = match run.kind {
        CredentialKind::ApiKey => catalog::tenant(&run.tenant_ref)?,
        CredentialKind::Jwt => credential::tenant_of_token(&run.tenant_ref)?,
    };
    tenant
        .map(|tenant| tenant.id)
        .ok_or_else(|| Error::TokenOfNobody(run.tenant_ref.clone()))
}
