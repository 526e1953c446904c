//! Schemas in which no table may exist unprotected: manage_schema, unmanage_schema.

use std::ffi::CStr;

use pgrx::Spi;
use pgrx::prelude::*;

use crate::error::{Error, Result};
use crate::policy::{require_current_snapshot, text};
use crate::query;
use crate::tenant::required;

type Report<T> = std::result::Result<T, pgrx::pg_sys::panic::ErrorReport>;

/// Makes every later table of a schema refuse to exist unprotected.
#[pg_extern(
    volatile,
    parallel_unsafe,
    requires = ["tables"],
    sql = "CREATE FUNCTION tenancy.manage_schema(schema regnamespace, tenant_column name DEFAULT 'tenant_id')
           RETURNS void
           LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
           SET quote_all_identifiers = off SET standard_conforming_strings = on
           AS 'MODULE_PATHNAME', '@FUNCTION_NAME@';"
)]
fn manage_schema(schema: Option<pg_sys::Oid>, tenant_column: Option<&CStr>) -> Report<()> {
    let column = text(required(tenant_column, "tenant_column")?);
    let schema = required(schema, "schema")?;
    let name = schema_name(schema)?;
    require_current_snapshot("tenancy.manage_schema()")?;
    Spi::run_with_args(
        "INSERT INTO tenancy.managed_schema (schema_name, tenant_column) VALUES ($1, $2)
         ON CONFLICT (schema_name) DO UPDATE SET tenant_column = excluded.tenant_column",
        &[name.into(), column.into()],
    )
    .map_err(Error::from)?;
    Ok(())
}

/// Lets a schema have unprotected tables again.
#[pg_extern(
    volatile,
    parallel_unsafe,
    requires = ["tables"],
    sql = "CREATE FUNCTION tenancy.unmanage_schema(schema regnamespace) RETURNS boolean
           LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
           SET quote_all_identifiers = off SET standard_conforming_strings = on
           AS 'MODULE_PATHNAME', '@FUNCTION_NAME@';"
)]
fn unmanage_schema(schema: Option<pg_sys::Oid>) -> Report<bool> {
    let name = schema_name(required(schema, "schema")?)?;
    Ok(query::changes(
        "DELETE FROM tenancy.managed_schema WHERE schema_name = $1 RETURNING schema_name",
        &[name.into()],
    )?)
}

/// The name of a schema of the caller's.
fn schema_name(schema: pg_sys::Oid) -> Result<String> {
    let (name, owned) = Spi::connect(|client| -> Result<(Option<String>, Option<bool>)> {
        let rows = client.select(
            "SELECT n.nspname::text, pg_catalog.pg_has_role(current_user, n.nspowner, 'USAGE')
               FROM pg_catalog.pg_namespace n WHERE n.oid = $1",
            Some(1),
            &[schema.into()],
        )?;
        match rows.into_iter().next() {
            Some(row) => Ok((row.get(1)?, row.get(2)?)),
            None => Ok((None, None)),
        }
    })?;
    let name = name.unwrap_or_default();
    if name.is_empty()
        || name.starts_with("pg_")
        || matches!(name.as_str(), "information_schema" | "tenancy")
    {
        return Err(Error::BadArgument {
            message: format!("schema \"{name}\" cannot be managed"),
            hint: "Name an existing schema of your own.",
        });
    }
    if owned != Some(true) {
        return Err(Error::NotOwner(format!("schema {name}")));
    }
    Ok(name)
}
