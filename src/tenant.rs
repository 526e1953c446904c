//! Tenants: creating, suspending and resuming them, and telling every session of a change.

use std::cell::Cell;

use pgrx::prelude::*;
use pgrx::{AnyElement, PgXactCallbackEvent, Spi, register_xact_callback};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::{id, jsonb, query, shared};

type Report<T> = std::result::Result<T, pgrx::pg_sys::panic::ErrorReport>;

/// The slug that stands for what all tenants share; no tenant may have it.
const SHARED: &str = "shared";

/// The next number of the sequence that no tenant was given explicitly, or else the one after the highest. The series
/// in the select list is made one by one.
const FREE_NUMBER: &str = "(SELECT n.number
      FROM (SELECT pg_catalog.nextval('tenancy.tenant_tenant_number_seq') AS number,
                   pg_catalog.generate_series(1, 1000)) n
     WHERE NOT EXISTS (SELECT FROM tenancy.tenant t WHERE t.tenant_number = n.number)
     LIMIT 1), (SELECT max(t.tenant_number) + 1 FROM tenancy.tenant t)";

/// Refuses a NULL argument by name.
pub fn required<T>(value: Option<T>, name: &str) -> Result<T> {
    value.ok_or_else(|| Error::BadArgument {
        message: format!("{name} must not be NULL"),
        hint: "Pass a value for it.",
    })
}

/// The id of the tenant that a slug or id names.
pub fn tenant_by_reference(reference: &str) -> Result<pgrx::Uuid> {
    let id = Uuid::parse_str(reference).ok().map(id::to_sql);
    Spi::connect(|client| {
        let rows = client.select(
            "SELECT t.tenant_id FROM tenancy.tenant t WHERE t.tenant_id = $1 OR ($1 IS NULL AND t.slug = $2)",
            Some(1),
            &[id.into(), reference.into()],
        )?;
        rows.into_iter()
            .next()
            .and_then(|row| row.get::<pgrx::Uuid>(1).ok().flatten())
            .ok_or_else(|| Error::NoSuchTenant(reference.to_owned()))
    })
}

/// A slug is what people, tokens and text columns call a tenant.
fn check_slug(slug: &str, tenant_id: Option<&Uuid>) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._:@-".contains(c);
    let well_formed = (1..=128).contains(&slug.len())
        && slug.starts_with(|c: char| c.is_ascii_alphanumeric())
        && slug.chars().all(plain);
    if !well_formed {
        return Err(Error::BadArgument {
            message: "tenant slug is malformed".into(),
            hint: "Use 1 to 128 ASCII letters, digits and . _ : @ -, beginning with a letter or digit.",
        });
    }
    if slug.eq_ignore_ascii_case(SHARED) {
        return Err(Error::BadArgument {
            message: "tenant slug \"shared\" is reserved".into(),
            hint: "Choose another slug.",
        });
    }
    // A slug that reads as the id of another tenant would let a token name two tenants at once.
    if Uuid::parse_str(slug).is_ok() && tenant_id.is_none_or(|id| id.to_string() != slug) {
        return Err(Error::BadArgument {
            message: "a tenant slug that is a uuid must be the tenant's own id".into(),
            hint: "Pass the same uuid as tenant_id, or choose another slug.",
        });
    }
    Ok(())
}

/// Creates a tenant; gives its id.
#[pg_extern(
    volatile,
    parallel_unsafe,
    requires = ["tables"],
    sql = "CREATE FUNCTION tenancy.create_tenant(slug text, display_name text DEFAULT NULL, tenant_id uuid DEFAULT NULL,
                                                 tenant_number bigint DEFAULT NULL, settings jsonb DEFAULT '{}')
           RETURNS uuid
           LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
           AS 'MODULE_PATHNAME', '@FUNCTION_NAME@';"
)]
fn create_tenant(
    slug: Option<&str>,
    display_name: Option<&str>,
    tenant_id: Option<pgrx::Uuid>,
    tenant_number: Option<i64>,
    settings: Option<AnyElement>,
) -> Report<pgrx::Uuid> {
    query::require_writable(c"tenancy.create_tenant()");
    let slug = required(slug, "slug")?;
    let id = tenant_id.map(id::from_sql).unwrap_or_else(Uuid::new_v4);
    if id.is_nil() {
        return Err(Error::BadArgument {
            message: "the nil uuid is reserved".into(),
            hint: "Pass another tenant_id, or none.",
        }
        .into());
    }
    check_slug(slug, Some(&id))?;
    if tenant_number == Some(0) {
        return Err(Error::BadArgument {
            message: "tenant number 0 is reserved".into(),
            hint: "Pass another tenant_number, or none.",
        }
        .into());
    }
    let (settings, value) = jsonb::argument("settings", settings)?;
    if !value.is_object() {
        return Err(Error::BadArgument {
            message: "settings must be a JSON object".into(),
            hint: "Pass for instance '{\"plan\": \"free\"}'.",
        }
        .into());
    }
    let id = id::to_sql(id);
    let created = Spi::connect_mut(|client| -> Result<bool> {
        let rows = client.update(
            &format!("INSERT INTO tenancy.tenant (tenant_id, slug, tenant_number, display_name, settings)
             VALUES ($1, $2, coalesce($3, {FREE_NUMBER}), $4, $5::jsonb)
             ON CONFLICT DO NOTHING RETURNING tenant_id"),
            None,
            &[
                id.into(),
                slug.into(),
                tenant_number.into(),
                display_name.unwrap_or(slug).into(),
                settings.into(),
            ],
        )?;
        Ok(!rows.is_empty())
    })?;
    if !created {
        return Err(
            Error::Duplicate(format!("tenant \"{slug}\", or one of that id or number,")).into(),
        );
    }
    Ok(id)
}

/// Suspends a tenant: its credentials are refused at once, in open sessions too. False when it was suspended before.
#[pg_extern(volatile, parallel_unsafe, requires = ["tables"])]
#[search_path(pg_catalog, pg_temp)]
fn suspend_tenant(tenant: Option<&str>) -> Report<bool> {
    let tenant = required(tenant, "tenant")?;
    if tenant == SHARED || Uuid::parse_str(tenant).is_ok_and(|id| id.is_nil()) {
        return Err(Error::BadArgument {
            message: "tenant \"shared\" cannot be suspended".into(),
            hint: "Revoke its keys, or take sharing off a table with tenancy.unprotect().",
        }
        .into());
    }
    Ok(set_status(tenant, "suspended")?)
}

/// Resumes a suspended tenant. False when it was not suspended.
#[pg_extern(volatile, parallel_unsafe, requires = ["tables"])]
#[search_path(pg_catalog, pg_temp)]
fn resume_tenant(tenant: Option<&str>) -> Report<bool> {
    Ok(set_status(required(tenant, "tenant")?, "active")?)
}

fn set_status(reference: &str, status: &str) -> Result<bool> {
    query::require_writable(c"changing a tenant's status");
    let tenant_id = tenant_by_reference(reference)?;
    Spi::connect_mut(|client| {
        let rows = client.update(
            "UPDATE tenancy.tenant
                SET status = $2,
                    suspended_at = CASE WHEN $2 = 'suspended' THEN pg_catalog.clock_timestamp() END
              WHERE tenant_id = $1 AND status <> $2 RETURNING tenant_id",
            None,
            &[tenant_id.into(), status.into()],
        )?;
        Ok(!rows.is_empty())
    })
}

thread_local! {
    static ANNOUNCED: Cell<bool> = const { Cell::new(false) };
}

/// Statement trigger on tenants and keys: makes every session look at its credential anew once this commits.
#[pg_trigger]
#[search_path(pg_catalog, pg_temp)]
fn _credential_changed<'a>(
    trigger: &'a pgrx::PgTrigger<'a>,
) -> Report<Option<PgHeapTuple<'a, impl WhoAllocated>>> {
    // Sent with the commit record: reaches standbys, and sessions when a prepared transaction commits.
    // SAFETY: the relation of a firing trigger exists and is locked.
    unsafe {
        let relation = trigger
            .relation()
            .map(|r| r.oid())
            .map_err(|e| Error::Sql(e.to_string()))?;
        pg_sys::CacheInvalidateRelcacheByRelid(relation);
    }
    // This backend must see its own uncommitted change; the others when it is visible to them, and not before.
    shared::bump_generation();
    if !ANNOUNCED.replace(true) {
        register_xact_callback(PgXactCallbackEvent::Commit, || {
            ANNOUNCED.set(false);
            shared::bump_generation();
        });
        register_xact_callback(PgXactCallbackEvent::Abort, || {
            ANNOUNCED.set(false);
            shared::bump_generation();
        });
        register_xact_callback(PgXactCallbackEvent::Prepare, || ANNOUNCED.set(false));
    }
    Ok(None::<PgHeapTuple<'a, pgrx::AllocatedByRust>>)
}

extension_sql!(
    r#"
CREATE TRIGGER credential_changed AFTER UPDATE OR DELETE OR TRUNCATE ON tenancy.tenant
    FOR EACH STATEMENT EXECUTE FUNCTION tenancy._credential_changed();
CREATE TRIGGER credential_changed AFTER UPDATE OR DELETE OR TRUNCATE ON tenancy.api_key
    FOR EACH STATEMENT EXECUTE FUNCTION tenancy._credential_changed();
-- A new grant, and a newly shared table, are remembered not to be there.
CREATE TRIGGER credential_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON tenancy.read_grant
    FOR EACH STATEMENT EXECUTE FUNCTION tenancy._credential_changed();
CREATE TRIGGER credential_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON tenancy.protected_table
    FOR EACH STATEMENT EXECUTE FUNCTION tenancy._credential_changed();
-- ALWAYS: session_replication_role = replica must not leave revoked keys alive.
ALTER TABLE tenancy.tenant ENABLE ALWAYS TRIGGER credential_changed;
ALTER TABLE tenancy.api_key ENABLE ALWAYS TRIGGER credential_changed;
ALTER TABLE tenancy.read_grant ENABLE ALWAYS TRIGGER credential_changed;
ALTER TABLE tenancy.protected_table ENABLE ALWAYS TRIGGER credential_changed;
"#,
    name = "credential_changed",
    requires = ["tables", _credential_changed]
);
