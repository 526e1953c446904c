//! API keys: issuing, delegating, rotating and revoking them.

use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use pgrx::{AnyElement, Spi};
use tenancy_core::api_key::ApiKey;
use tenancy_core::capability::Capabilities;
use tenancy_core::rights::Rights;

use crate::error::{Error, Result};
use crate::tenant::{required, tenant_by_reference};
use crate::{accessor, credential, id, query, role, scope, session, time};

type Report<T> = Result<T, ErrorReport>;

/// What a new key is to be.
struct Request {
    tenant_id: pgrx::Uuid,
    name: String,
    capabilities: Vec<String>,
    /// JSON text.
    floor: String,
    principal: Option<String>,
    expires_at: Option<TimestampWithTimeZone>,
    rotated_from: Option<pgrx::Uuid>,
    parent: Option<pgrx::Uuid>,
    /// Principal of the credential that delegates it.
    delegated_by: Option<String>,
}

fn issue(request: Request) -> Result<(pgrx::Uuid, String)> {
    let key = ApiKey::generate().map_err(|_| Error::NoRandom)?;
    let key_id = id::to_sql(key.key_id);
    Spi::run_with_args(
        "INSERT INTO tenancy.api_key (key_id, tenant_id, secret_digest, name, capabilities, scope_floor, principal,
                                      expires_at, rotated_from, parent_key_id, delegated_by)
         VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10, $11)",
        &[
            key_id.into(),
            request.tenant_id.into(),
            key.digest().to_vec().into(),
            request.name.into(),
            request.capabilities.into(),
            request.floor.into(),
            request.principal.into(),
            request.expires_at.into(),
            request.rotated_from.into(),
            request.parent.into(),
            request.delegated_by.into(),
        ],
    )?;
    Ok((key_id, key.to_text()))
}

/// Longest name and principal of a key, in characters.
const MAX_LABEL: usize = 256;

/// What people call a key or its holder.
fn label<'a>(argument: &str, text: &'a str) -> Result<&'a str> {
    if (1..=MAX_LABEL).contains(&text.chars().count()) {
        return Ok(text);
    }
    Err(Error::BadArgument {
        message: format!("{argument} must have 1 to {MAX_LABEL} characters"),
        hint: "Pass a shorter text that is not empty.",
    })
}

/// Reads names of capabilities.
fn capabilities(names: Vec<Option<String>>) -> Result<Capabilities> {
    if names.iter().any(Option::is_none) {
        return Err(Error::BadArgument {
            message: "a capability must not be NULL".into(),
            hint: "Pass for instance '{read,write}'.",
        });
    }
    some(Capabilities::parse_names(
        names.iter().flatten().map(String::as_str),
    )?)
}

/// Refuses no capability at all.
fn some(set: Capabilities) -> Result<Capabilities> {
    if set.is_empty() {
        return Err(Error::BadArgument {
            message: "a key needs at least one capability".into(),
            hint: "Pass for instance '{read,write}'.",
        });
    }
    Ok(set)
}

fn names(capabilities: Capabilities) -> Vec<String> {
    let names = capabilities.names().into_iter();
    names.map(str::to_owned).collect()
}

/// Issues a key for a tenant; the secret is shown this once.
#[pg_extern(
    volatile,
    parallel_unsafe,
    requires = ["tables"],
    sql = "CREATE FUNCTION tenancy.create_key(tenant text, name text, capabilities text[] DEFAULT '{read,write}',
                                              scope_floor tenancy.scope DEFAULT '{}', principal text DEFAULT NULL,
                                              expires_at timestamptz DEFAULT NULL)
           RETURNS TABLE (key_id uuid, secret text)
           LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
           AS 'MODULE_PATHNAME', '@FUNCTION_NAME@';"
)]
fn create_key(
    tenant: Option<&str>,
    name: Option<&str>,
    capabilities: Option<Vec<Option<String>>>,
    scope_floor: Option<AnyElement>,
    principal: Option<&str>,
    expires_at: Option<TimestampWithTimeZone>,
) -> Result<TableIterator<'static, (name!(key_id, pgrx::Uuid), name!(secret, String))>, ErrorReport>
{
    query::require_writable(c"tenancy.create_key()");
    let tenant_id = tenant_by_reference(required(tenant, "tenant")?)?;
    let name = label("name", required(name, "name")?)?;
    let principal = label("principal", principal.unwrap_or(name))?;
    let capabilities = self::capabilities(capabilities.unwrap_or_default())?;
    let floor = scope::argument(scope_floor)?;
    check_expiry(expires_at)?;
    Ok(TableIterator::once(issue(Request {
        tenant_id,
        name: name.to_owned(),
        capabilities: names(capabilities),
        floor: floor.to_json(),
        principal: Some(principal.to_owned()),
        expires_at,
        rotated_from: None,
        parent: None,
        delegated_by: None,
    })?))
}

/// Issues a key no wider than the bound credential, whose end is its end too.
#[pg_extern(
    volatile,
    parallel_unsafe,
    requires = ["tables"],
    sql = "CREATE FUNCTION tenancy.delegate_key(name text, capabilities text[] DEFAULT NULL,
                                                scope_floor tenancy.scope DEFAULT '{}', principal text DEFAULT NULL,
                                                expires_at timestamptz DEFAULT NULL)
           RETURNS TABLE (key_id uuid, secret text)
           LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
           AS 'MODULE_PATHNAME', '@FUNCTION_NAME@';"
)]
fn delegate_key(
    name: Option<&str>,
    capabilities: Option<Vec<Option<String>>>,
    scope_floor: Option<AnyElement>,
    principal: Option<&str>,
    expires_at: Option<TimestampWithTimeZone>,
) -> Result<TableIterator<'static, (name!(key_id, pgrx::Uuid), name!(secret, String))>, ErrorReport>
{
    query::require_writable(c"tenancy.delegate_key()");
    let present = session::bound()?;
    accessor::require(present, "key:delegate")?;
    let context = session::with_context(|view, _| view.to_context())?
        .ok_or(Error::Unbound)?
        .map_err(Error::from)?;
    if !context.on_behalf_of.is_empty() || context.on_behalf_of_key.is_some() {
        return Err(Error::CannotDelegate("on behalf of another credential").into());
    }
    let name = label("name", required(name, "name")?)?;
    let principal = label("principal", principal.unwrap_or(name))?;
    check_expiry(expires_at)?;
    let mut own = Rights {
        floor: context.floor,
        capabilities: context.capabilities,
        expires_at: context.expires_at,
    };
    if let Some(key_id) = context.key_id {
        let line = credential::line(key_id)?;
        if line.len() >= credential::MAX_LINE {
            return Err(Error::CannotDelegate("from one that was delegated so often").into());
        }
        let ends = Some(line.expires_at).filter(|at| *at != i64::MAX);
        own.expires_at = own.expires_at.into_iter().chain(ends).min();
    }
    // What is delegated further is asked for by name.
    let further = Capabilities::KEY_DELEGATE;
    let asked = Rights {
        floor: own
            .floor
            .join(&scope::argument(scope_floor)?)
            .map_err(Error::Scopes)?,
        capabilities: match capabilities {
            Some(names) => self::capabilities(names)?,
            None => some(own.capabilities.without(further))?,
        },
        expires_at: match expires_at {
            Some(at) => time::expiry(at),
            None => own.expires_at,
        },
    };
    if let Some(wider) = own.wider(&asked) {
        return Err(Error::WiderKey(wider).into());
    }
    let request = Request {
        tenant_id: pgrx::Uuid::from_bytes(present.tenant_id.get()),
        name: name.to_owned(),
        capabilities: names(asked.capabilities),
        floor: asked.floor.to_json(),
        principal: Some(principal.to_owned()),
        expires_at: asked.expires_at.map(time::timestamp).transpose()?,
        rotated_from: None,
        parent: context.key_id.map(id::to_sql),
        delegated_by: Some(context.principal),
    };
    Ok(TableIterator::once(role::as_extension_owner(|| {
        issue(request)
    })?))
}

/// Refuses a time that has passed.
pub fn check_expiry(expires_at: Option<TimestampWithTimeZone>) -> Result<()> {
    if expires_at.is_some_and(|at| at <= now()) {
        return Err(Error::BadArgument {
            message: "expires_at lies in the past".into(),
            hint: "Pass a time in the future, or NULL for a key that does not expire.",
        });
    }
    Ok(())
}

/// Issues a successor with the same rights; the old key keeps working for `overlap`.
#[pg_extern(volatile, parallel_unsafe, requires = ["tables"])]
#[search_path(pg_catalog, pg_temp)]
fn rotate_key(
    key_id: Option<pgrx::Uuid>,
    overlap: default!(Option<Interval>, "'1 hour'"),
) -> Result<TableIterator<'static, (name!(key_id, pgrx::Uuid), name!(secret, String))>, ErrorReport>
{
    query::require_writable(c"tenancy.rotate_key()");
    let key_id = required(key_id, "key_id")?;
    let overlap = required(overlap, "overlap")?;
    let old = Spi::connect_mut(|client| -> Result<Option<Request>> {
        let mut rows = client.update(
            "UPDATE tenancy.api_key k
                SET expires_at = least(k.expires_at, pg_catalog.now() + $2)
              WHERE k.key_id = $1 AND k.revoked_at IS NULL AND $2 >= '0'::pg_catalog.interval
                AND (k.expires_at IS NULL OR k.expires_at > pg_catalog.now())
             RETURNING k.tenant_id, k.name, k.capabilities, k.scope_floor::text, k.principal,
                       (SELECT o.expires_at FROM tenancy.api_key o WHERE o.key_id = k.key_id),
                       k.parent_key_id, k.delegated_by",
            None,
            &[key_id.into(), overlap.into()],
        )?;
        let Some(row) = rows.next() else {
            return Ok(None);
        };
        Ok(Some(Request {
            tenant_id: row.get(1)?.ok_or(Error::UnknownKey)?,
            name: row.get(2)?.unwrap_or_default(),
            capabilities: row.get(3)?.unwrap_or_default(),
            floor: row.get(4)?.unwrap_or_default(),
            principal: row.get(5)?,
            expires_at: row.get(6)?,
            rotated_from: Some(key_id),
            parent: row.get(7)?,
            delegated_by: row.get(8)?,
        }))
    })?;
    let request = old.ok_or_else(|| Error::BadArgument {
        message: format!(
            "key {key_id} does not exist, is revoked or expired, or the overlap is negative"
        ),
        hint: "Only a live key can be rotated; issue a new one with tenancy.create_key().",
    })?;
    Ok(TableIterator::once(issue(request)?))
}

/// Revokes a key and all that were delegated from it, at once, in open sessions too; false when it was revoked before.
#[pg_extern(volatile, parallel_unsafe, requires = ["tables"])]
#[search_path(pg_catalog, pg_temp)]
fn revoke_key(key_id: Option<pgrx::Uuid>) -> Report<bool> {
    query::require_writable(c"tenancy.revoke_key()");
    let key_id = required(key_id, "key_id")?;
    let (known, revoked) = Spi::get_two_with_args::<bool, bool>(
        include_str!("../sql/revoke_key.sql"),
        &[key_id.into()],
    )
    .map_err(Error::from)?;
    if known != Some(true) {
        return Err(Error::NoSuchKey(key_id.to_string()).into());
    }
    Ok(revoked == Some(true))
}
