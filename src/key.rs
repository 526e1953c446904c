//! API keys: issuing, rotating and revoking them.

use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use pgrx::{AnyElement, Spi};
use tenancy_core::api_key::ApiKey;
use tenancy_core::capability::Capabilities;
use tenancy_core::scope::Scope;

use crate::error::{Error, Result};
use crate::jsonb;
use crate::tenant::{required, tenant_by_reference};

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
}

fn issue(
    request: Request,
) -> Result<TableIterator<'static, (name!(key_id, pgrx::Uuid), name!(secret, String))>> {
    let key = ApiKey::generate().map_err(|_| Error::NoRandom)?;
    let key_id = pgrx::Uuid::from_bytes(*key.key_id.as_bytes());
    Spi::run_with_args(
        "INSERT INTO tenancy.api_key (key_id, tenant_id, secret_digest, name, capabilities, scope_floor, principal,
                                      expires_at, rotated_from)
         VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9)",
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
        ],
    )?;
    Ok(TableIterator::once((key_id, key.to_text())))
}

/// Issues a key for a tenant; the secret is shown this once.
#[pg_extern(
    volatile,
    parallel_unsafe,
    requires = ["tables"],
    sql = "CREATE FUNCTION tenancy.create_key(tenant text, name text, capabilities text[] DEFAULT '{read,write}',
                                              scope_floor jsonb DEFAULT '{}', principal text DEFAULT NULL,
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
    let tenant_id = tenant_by_reference(required(tenant, "tenant")?)?;
    let name = required(name, "name")?;
    let names: Vec<String> = capabilities
        .unwrap_or_default()
        .into_iter()
        .flatten()
        .collect();
    let capabilities =
        Capabilities::parse_names(names.iter().map(String::as_str)).map_err(Error::from)?;
    if capabilities.is_empty() {
        return Err(Error::BadArgument {
            message: "a key needs at least one capability".into(),
            hint: "Pass for instance '{read,write}'.",
        }
        .into());
    }
    let floor = Scope::from_value(&jsonb::argument("scope floor", scope_floor)?.1).map_err(
        |e| Error::BadArgument {
            message: format!("scope floor: {e}"),
            hint: "A scope is a flat JSON object of non-empty strings, such as {\"team\": \"x\"}.",
        },
    )?;
    check_expiry(expires_at)?;
    Ok(issue(Request {
        tenant_id,
        name: name.to_owned(),
        capabilities: capabilities
            .names()
            .into_iter()
            .map(str::to_owned)
            .collect(),
        floor: floor.to_json(),
        principal: Some(principal.unwrap_or(name).to_owned()),
        expires_at,
        rotated_from: None,
    })?)
}

fn check_expiry(expires_at: Option<TimestampWithTimeZone>) -> Result<()> {
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
    let key_id = required(key_id, "key_id")?;
    let overlap = required(overlap, "overlap")?;
    let old = Spi::connect_mut(|client| -> Result<Option<Request>> {
        let mut rows = client.update(
            "UPDATE tenancy.api_key k
                SET expires_at = least(k.expires_at, pg_catalog.now() + $2)
              WHERE k.key_id = $1 AND k.revoked_at IS NULL AND $2 >= '0'::pg_catalog.interval
                AND (k.expires_at IS NULL OR k.expires_at > pg_catalog.now())
             RETURNING k.tenant_id, k.name, k.capabilities, k.scope_floor::text, k.principal,
                       (SELECT o.expires_at FROM tenancy.api_key o WHERE o.key_id = k.key_id)",
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
        }))
    })?;
    let request = old.ok_or_else(|| Error::BadArgument {
        message: format!(
            "key {key_id} does not exist, is revoked or expired, or the overlap is negative"
        ),
        hint: "Only a live key can be rotated; issue a new one with tenancy.create_key().",
    })?;
    Ok(issue(request)?)
}

/// Revokes a key at once, in open sessions too; false when it was revoked before.
#[pg_extern(volatile, parallel_unsafe, requires = ["tables"])]
#[search_path(pg_catalog, pg_temp)]
fn revoke_key(key_id: Option<pgrx::Uuid>) -> Report<bool> {
    let key_id = required(key_id, "key_id")?;
    let (known, revoked) = Spi::get_two_with_args::<bool, bool>(
        "WITH done AS (UPDATE tenancy.api_key SET revoked_at = pg_catalog.clock_timestamp()
                        WHERE key_id = $1 AND revoked_at IS NULL RETURNING key_id)
         SELECT EXISTS (SELECT FROM tenancy.api_key WHERE key_id = $1), EXISTS (SELECT FROM done)",
        &[key_id.into()],
    )
    .map_err(Error::from)?;
    if known != Some(true) {
        return Err(Error::NoSuchKey(key_id.to_string()).into());
    }
    Ok(revoked == Some(true))
}
