//! SQL functions that read the bound context.
//!
//! Those that policies and column defaults evaluate for every row are plain version-1 C functions without a guard on
//! their fast path: they compare a few numbers and give what the call site was given before.

use pgrx::prelude::*;
use pgrx::{IntoDatum, JsonB};
use serde_json::Value;
use tenancy_core::capability::Capabilities;

use crate::error::{Error, Result};
use crate::session::{self, Present};

type Report<T> = std::result::Result<T, pgrx::pg_sys::panic::ErrorReport>;

version_1!(tenancy_current_tenant, pg_finfo_tenancy_current_tenant);
version_1!(
    tenancy_current_tenant_as,
    pg_finfo_tenancy_current_tenant_as
);

/// What a call site remembers between rows: its result, in memory that lives as long as the site does. A value handed
/// out must not change or go when the transaction ends: a procedure's arguments outlive its COMMIT.
#[repr(C)]
struct Site {
    lxid: u32,
    result: pg_sys::Datum,
}

/// `tenancy.current_tenant() RETURNS uuid`
///
/// # Safety
/// Called by Postgres with a valid call frame.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn tenancy_current_tenant(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame.
    unsafe { current(fcinfo) }
}

/// `tenancy.current_tenant_as(anyelement) RETURNS anyelement`
///
/// # Safety
/// Called by Postgres with a valid call frame.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn tenancy_current_tenant_as(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame.
    unsafe { current(fcinfo) }
}

#[inline]
unsafe fn current(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame. A call site's fn_extra is NULL or what `first` put there. Within a transaction the
    // tenant never changes, so its result stands as long as the transaction is the same.
    unsafe {
        let site = (*(*fcinfo).flinfo).fn_extra.cast::<Site>();
        if let Some(present) = session::resolved()
            && let Some(site) = site.as_ref()
            && site.lxid == present.lxid.get()
        {
            return site.result;
        }
        first(fcinfo)
    }
}

/// The first call of a site in a transaction.
#[cold]
#[pg_guard]
unsafe extern "C-unwind" fn first(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
    let present = match session::present() {
        Ok(Some(present)) => present,
        // SAFETY: Postgres's own frame.
        Ok(None) => return unsafe { null(fcinfo) },
        // SAFETY: Postgres's own frame.
        Err(error) => return unsafe { raise(fcinfo, error) },
    };
    // SAFETY: Postgres's own frame; fn_mcxt lives as long as the site. What an earlier transaction was given is left as
    // it was.
    unsafe {
        let flinfo = (*fcinfo).flinfo;
        let wanted = if (*fcinfo).nargs == 0 {
            pg_sys::UUIDOID
        } else {
            pg_sys::get_fn_expr_argtype(flinfo, 0)
        };
        let before = pg_sys::MemoryContextSwitchTo((*flinfo).fn_mcxt);
        let result = match result_as(wanted, present) {
            Ok(result) => result,
            Err(error) => return raise(fcinfo, error),
        };
        let site = pg_sys::palloc(size_of::<Site>()).cast::<Site>();
        site.write(Site {
            lxid: present.lxid.get(),
            result,
        });
        (*flinfo).fn_extra = site.cast();
        pg_sys::MemoryContextSwitchTo(before);
        result
    }
}

unsafe fn null(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame.
    unsafe { (*fcinfo).isnull = true };
    pg_sys::Datum::null()
}

unsafe fn raise(fcinfo: pg_sys::FunctionCallInfo, error: Error) -> pg_sys::Datum {
    pgrx::pg_sys::panic::ErrorReport::from(error).report(PgLogLevel::ERROR);
    // SAFETY: Postgres's own frame. Not reached, as an ERROR does not return.
    unsafe { null(fcinfo) }
}

/// The bound tenant as that type.
fn result_as(wanted: pg_sys::Oid, present: &Present) -> Result<pg_sys::Datum> {
    let datum = match wanted {
        pg_sys::UUIDOID => pgrx::Uuid::from_bytes(present.tenant_id.get()).into_datum(),
        pg_sys::INT8OID => present.number.get().into_datum(),
        pg_sys::INT4OID => {
            let number = present.number.get();
            i32::try_from(number)
                .map_err(|_| Error::NumberOutOfRange(number))?
                .into_datum()
        }
        pg_sys::TEXTOID => session::slug().into_datum(),
        _ => return Err(Error::UnsupportedTenantType),
    };
    Ok(datum.unwrap_or(pg_sys::Datum::null()))
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
