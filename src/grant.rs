//! Grants: letting one tenant read another's rows of a table, for a scope and a time.

use pgrx::prelude::*;
use pgrx::{AnyElement, Spi};

use crate::error::{Error, Result};
use crate::key::check_expiry;
use crate::tenant::{required, tenant_by_reference};
use crate::{policy, query, scope};

type Report<T> = std::result::Result<T, pgrx::pg_sys::panic::ErrorReport>;

/// Lets a tenant read another's rows of a table; gives the grant's id.
#[pg_extern(
    volatile,
    parallel_unsafe,
    requires = ["tables"],
    sql = "CREATE FUNCTION tenancy.grant_read(owner text, grantee text, \"table\" regclass,
                                              scope tenancy.scope DEFAULT '{}', expires_at timestamptz DEFAULT NULL)
           RETURNS uuid
           LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
           SET quote_all_identifiers = off SET standard_conforming_strings = on
           AS 'MODULE_PATHNAME', '@FUNCTION_NAME@';"
)]
fn grant_read(
    owner: Option<&str>,
    grantee: Option<&str>,
    table: Option<pg_sys::Oid>,
    scope: Option<AnyElement>,
    expires_at: Option<TimestampWithTimeZone>,
) -> Report<pgrx::Uuid> {
    query::require_writable(c"tenancy.grant_read()");
    let owner = tenant_by_reference(required(owner, "owner")?)?;
    let grantee = tenant_by_reference(required(grantee, "grantee")?)?;
    let table = required(table, "table")?;
    let scope = scope::argument(scope)?;
    let shared = pgrx::Uuid::from_bytes([0; 16]);
    if owner == grantee || owner == shared || grantee == shared {
        return Err(Error::BadArgument {
            message: "a grant needs two tenants, neither of them \"shared\"".into(),
            hint: "A tenant reads its own rows anyway, and those of \"shared\" in tables that are protected as shared.",
        }
        .into());
    }
    check_expiry(expires_at)?;
    if policy::open_to_grants(table)?.is_none() && !scope.is_empty() {
        return Err(Error::BadArgument {
            message: "a grant of a table without scopes is for all of its rows".into(),
            hint: "Leave scope out, or protect the table with a scope_column.",
        }
        .into());
    }
    let id = query::change::<pgrx::Uuid>(
        "INSERT INTO tenancy.read_grant (owner_id, grantee_id, relation, relation_name, scope, expires_at)
         VALUES ($1, $2, $3, $3::pg_catalog.regclass::text, $4::jsonb, $5) RETURNING grant_id",
        &[
            owner.into(),
            grantee.into(),
            table.into(),
            scope.to_json().into(),
            expires_at.into(),
        ],
    )?;
    Ok(required(id, "grant_id")?)
}

/// Takes a grant back at once, in open sessions too; false when it was taken back before.
#[pg_extern(volatile, parallel_unsafe, requires = ["tables"])]
#[search_path(pg_catalog, pg_temp)]
fn revoke_read(grant_id: Option<pgrx::Uuid>) -> Report<bool> {
    query::require_writable(c"tenancy.revoke_read()");
    let grant_id = required(grant_id, "grant_id")?;
    let (known, revoked) = Spi::get_two_with_args::<bool, bool>(
        "WITH done AS (UPDATE tenancy.read_grant
                          SET revoked_at = pg_catalog.clock_timestamp(), revoked_by = session_user
                        WHERE grant_id = $1 AND revoked_at IS NULL RETURNING grant_id)
         SELECT EXISTS (SELECT FROM tenancy.read_grant WHERE grant_id = $1), EXISTS (SELECT FROM done)",
        &[grant_id.into()],
    )
    .map_err(Error::from)?;
    if known != Some(true) {
        return Err(Error::NoSuchGrant(grant_id.to_string()).into());
    }
    Ok(revoked == Some(true))
}

/// Ends the grants on a table that is no longer protected, or gone.
pub fn end(table: pg_sys::Oid) -> Result<()> {
    Ok(Spi::run_with_args(
        "UPDATE tenancy.read_grant
            SET relation = NULL, revoked_at = coalesce(revoked_at, pg_catalog.clock_timestamp()),
                revoked_by = coalesce(revoked_by, session_user)
          WHERE relation = $1",
        &[table.into()],
    )?)
}

/// Ends the grants on tables that are gone.
pub const END_GONE: &str = "UPDATE tenancy.read_grant g
    SET relation = NULL, revoked_at = coalesce(g.revoked_at, pg_catalog.clock_timestamp()),
        revoked_by = coalesce(g.revoked_by, session_user)
  WHERE g.relation IS NOT NULL
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = g.relation)";
