//! SQL functions that read the bound context.
//!
//! Those that policies and column defaults evaluate for every row are plain version-1 C functions without a guard on
//! their fast path: they compare a few numbers and give a Datum that points at memory of the backend.

use pgrx::JsonB;
use pgrx::prelude::*;
use serde_json::Value;
use tenancy_core::capability::Capabilities;

use crate::error::Error;
use crate::session::{self, Present};

type Report<T> = std::result::Result<T, pgrx::pg_sys::panic::ErrorReport>;

version_1!(tenancy_current_tenant, pg_finfo_tenancy_current_tenant);
version_1!(
    tenancy_current_tenant_as,
    pg_finfo_tenancy_current_tenant_as
);

/// `tenancy.current_tenant() RETURNS uuid`
///
/// # Safety
/// Called by Postgres with a valid call frame.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn tenancy_current_tenant(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    match session::present() {
        Ok(Some(present)) => pg_sys::Datum::from(present.tenant_id.get()),
        // SAFETY: Postgres's own frame.
        other => unsafe { slow(fcinfo, other.err().map(Box::new)) },
    }
}

/// `tenancy.current_tenant_as(anyelement) RETURNS anyelement`
///
/// # Safety
/// Called by Postgres with a valid call frame.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn tenancy_current_tenant_as(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    match session::present() {
        // SAFETY: Postgres's own frame.
        Ok(Some(present)) => unsafe { as_type(fcinfo, present) },
        // SAFETY: Postgres's own frame.
        other => unsafe { slow(fcinfo, other.err().map(Box::new)) },
    }
}

#[cold]
#[pg_guard]
unsafe extern "C-unwind" fn slow(
    fcinfo: pg_sys::FunctionCallInfo,
    error: Option<Box<Error>>,
) -> pg_sys::Datum {
    if let Some(error) = error {
        pgrx::pg_sys::panic::ErrorReport::from(*error).report(PgLogLevel::ERROR);
    }
    // SAFETY: Postgres's own frame; `tenancy.unbound = empty` gives NULL.
    unsafe { (*fcinfo).isnull = true };
    pg_sys::Datum::from(0usize)
}

unsafe fn as_type(fcinfo: pg_sys::FunctionCallInfo, present: &'static Present) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame.
    let wanted = unsafe { pg_sys::get_fn_expr_argtype((*fcinfo).flinfo, 0) };
    match wanted {
        pg_sys::UUIDOID => pg_sys::Datum::from(present.tenant_id.get()),
        pg_sys::INT8OID => pg_sys::Datum::from(present.number.get()),
        pg_sys::INT4OID => match i32::try_from(present.number.get()) {
            Ok(number) => pg_sys::Datum::from(number),
            // SAFETY: as above.
            Err(_) => unsafe {
                slow(
                    fcinfo,
                    Some(Box::new(Error::NumberOutOfRange(present.number.get()))),
                )
            },
        },
        pg_sys::TEXTOID => session::slug_datum(),
        // SAFETY: as above.
        _ => unsafe { slow(fcinfo, Some(Box::new(Error::UnsupportedTenantType))) },
    }
}

extension_sql!(
    r#"
CREATE FUNCTION tenancy.current_tenant() RETURNS uuid
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'tenancy_current_tenant';
CREATE FUNCTION tenancy.current_tenant_as(anyelement) RETURNS anyelement
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'tenancy_current_tenant_as';
"#,
    name = "current_tenant",
    requires = ["tables"]
);

/// What is bound, as JSON.
#[pg_extern(stable, parallel_safe, requires = ["tables"])]
fn context() -> Report<Option<JsonB>> {
    Ok(session::with_context(|view, tenant| {
        let mut value = view.to_json();
        if let Value::Object(members) = &mut value {
            members.insert("tenant_id".into(), tenant.id.to_string().into());
            members.insert("tenant".into(), tenant.slug.clone().into());
            members.insert("tenant_number".into(), tenant.number.into());
        }
        JsonB(value)
    })?)
}

/// The bound credential's scope floor.
#[pg_extern(stable, parallel_safe, requires = ["tables"])]
fn current_scope() -> Report<Option<JsonB>> {
    Ok(
        session::with_context(|view, _| serde_json::from_str(view.floor_json()).map(JsonB).ok())?
            .flatten(),
    )
}

/// The bound user, or NULL when the credential names none.
#[pg_extern(stable, parallel_safe, requires = ["tables"])]
fn current_user_id() -> Report<Option<String>> {
    Ok(
        session::with_context(|view, _| Some(view.user_id().to_owned()).filter(|s| !s.is_empty()))?
            .flatten(),
    )
}

/// The bound correlation id, or NULL when there is none.
#[pg_extern(stable, parallel_safe, requires = ["tables"])]
fn current_correlation_id() -> Report<Option<String>> {
    Ok(session::with_context(|view, _| {
        Some(view.correlation_id().to_owned()).filter(|s| !s.is_empty())
    })?
    .flatten())
}

/// Whether the bound user has a role.
#[pg_extern(stable, parallel_safe, requires = ["tables"])]
fn has_role(role: &str) -> Report<Option<bool>> {
    Ok(session::with_context(|view, _| view.has_role(role))?)
}

/// Whether the bound user has a claim, whatever its value.
#[pg_extern(stable, parallel_safe, requires = ["tables"])]
fn has_claim(claim: &str) -> Report<Option<bool>> {
    Ok(session::with_context(|view, _| view.has_claim(claim))?)
}

/// Whether the bound user has a claim of that value.
#[pg_extern(stable, parallel_safe, name = "has_claim", requires = ["tables"])]
fn has_claim_value(claim: &str, value: &str) -> Report<Option<bool>> {
    Ok(session::with_context(|view, _| {
        view.has_claim_value(claim, value)
    })?)
}

/// Whether the bound credential has a capability.
#[pg_extern(stable, parallel_safe, requires = ["tables"])]
fn has_capability(capability: &str) -> Report<Option<bool>> {
    let wanted = Capabilities::parse_names([capability]).map_err(Error::from)?;
    Ok(session::with_context(|view, _| {
        view.capabilities().contains(wanted)
    })?)
}
