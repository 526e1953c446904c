//! SQL functions that bind a tenant to the transaction, and take it back.

use std::collections::BTreeMap;

use pgrx::AnyElement;
use pgrx::prelude::*;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::{credential, guc, jsonb, role, session, transaction};

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
    let tenant = bind_credential(credential, addition)?;
    Ok(pgrx::Uuid::from_bytes(*tenant.as_bytes()))
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
}

/// Verifies a credential and binds its tenant to this transaction; gives the tenant's id.
fn bind_credential(text: &str, addition: Addition) -> Result<Uuid> {
    role::refuse_exempt_session()?;
    role::refuse_exempt_current()?;
    let mut owner = transaction::owner().ok_or(Error::Unbound)?;
    owner.whole_session = guc::binding() == guc::Binding::Session;
    let mut run = if text.starts_with(tenancy_core::api_key::PREFIX) {
        credential::api_key(text, owner)?
    } else {
        let run = credential::token(text, owner)?;
        if addition.user_id.is_some() || !addition.roles.is_empty() || !addition.claims.is_empty() {
            return Err(Error::BadContext(
                "user_id, roles and claims come from the token".into(),
            ));
        }
        run
    };
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
    run.metadata = addition.metadata;
    let whole_session = owner.whole_session;
    session::refuse_another(owner.lxid, &run.tenant_ref)?;
    session::set(run.encode()?, whole_session)?;
    session::with_context(|_, tenant| tenant.id)?.ok_or(Error::Unbound)
}
