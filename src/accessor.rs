//! SQL functions that read the bound context.
//!
//! Those that policies and column defaults evaluate for every row compare a few numbers, and give what the call site was
//! given before.

use pgrx::prelude::*;
use pgrx::{FromDatum, IntoDatum, JsonB};
use serde_json::Value;
use tenancy_core::capability::Capabilities;

use crate::error::{Error, Result};
use crate::session::{self, Present};
use crate::{frame, sharing};

type Report<T> = std::result::Result<T, pgrx::pg_sys::panic::ErrorReport>;

version_1!(tenancy_current_tenant, pg_finfo_tenancy_current_tenant);
version_1!(
    tenancy_current_tenant_as,
    pg_finfo_tenancy_current_tenant_as
);
version_1!(tenancy_whole_tenant, pg_finfo_tenancy_whole_tenant);
version_1!(tenancy_whole_tenant_as, pg_finfo_tenancy_whole_tenant_as);
version_1!(
    tenancy_require_capability,
    pg_finfo_tenancy_require_capability
);

/// What a function gives, once nothing stands against it.
#[repr(C)]
#[derive(Clone, Copy)]
struct Wanted {
    /// Whether the tenant is given as the type of the first argument, and not as uuid.
    typed: bool,
    /// Whether the last argument names a capability that must be had.
    needs: bool,
    /// Whether the credential must have no scope floor.
    whole: bool,
    /// Whether true is given and not the tenant.
    truth: bool,
}

const TENANT: Wanted = Wanted {
    typed: false,
    needs: false,
    whole: false,
    truth: false,
};

/// `tenancy.current_tenant([needs text]) RETURNS uuid`
///
/// # Safety
/// Called by Postgres with a valid call frame.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn tenancy_current_tenant(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame.
    unsafe {
        let needs = (*fcinfo).nargs > 0;
        give(fcinfo, Wanted { needs, ..TENANT })
    }
}

/// `tenancy.current_tenant_as(anyelement [, needs text]) RETURNS anyelement`
///
/// # Safety
/// Called by Postgres with a valid call frame.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn tenancy_current_tenant_as(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame.
    unsafe {
        let wanted = Wanted {
            typed: true,
            needs: (*fcinfo).nargs > 1,
            ..TENANT
        };
        give(fcinfo, wanted)
    }
}

/// `tenancy.whole_tenant(needs text) RETURNS uuid`
///
/// # Safety
/// Called by Postgres with a valid call frame.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn tenancy_whole_tenant(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    let wanted = Wanted {
        needs: true,
        whole: true,
        ..TENANT
    };
    // SAFETY: Postgres's own frame.
    unsafe { give(fcinfo, wanted) }
}

/// `tenancy.whole_tenant_as(anyelement, needs text) RETURNS anyelement`
///
/// # Safety
/// Called by Postgres with a valid call frame.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn tenancy_whole_tenant_as(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    let wanted = Wanted {
        typed: true,
        needs: true,
        whole: true,
        ..TENANT
    };
    // SAFETY: Postgres's own frame.
    unsafe { give(fcinfo, wanted) }
}

/// `tenancy.require_capability(capability text) RETURNS boolean`
///
/// # Safety
/// Called by Postgres with a valid call frame.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn tenancy_require_capability(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    let wanted = Wanted {
        needs: true,
        truth: true,
        ..TENANT
    };
    // SAFETY: Postgres's own frame.
    unsafe { give(fcinfo, wanted) }
}

#[inline]
unsafe fn give(fcinfo: pg_sys::FunctionCallInfo, wanted: Wanted) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame; these functions answer by `frame::give`. For one context the result of a site is
    // always the same: `first` lets only those sites remember whose argument is.
    unsafe {
        if let Some(present) = session::resolved()
            && let Some(result) = frame::given(fcinfo, present.epoch.get())
        {
            return result;
        }
        first(fcinfo, wanted)
    }
}

/// The first call of a site under a context, or each one where the capability varies.
#[cold]
#[pg_guard]
unsafe extern "C-unwind" fn first(
    fcinfo: pg_sys::FunctionCallInfo,
    wanted: Wanted,
) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame.
    unsafe {
        let present = match session::present() {
            Ok(Some(present)) => present,
            // A gate, which NULL would leave open.
            Ok(None) if wanted.truth => return frame::raise(fcinfo, Error::Unbound),
            Ok(None) => return frame::null(fcinfo),
            Err(error) => return frame::raise(fcinfo, error),
        };
        let mut lasting = true;
        if wanted.needs {
            let n = usize::from(wanted.typed);
            // A parameter that lasts for a query may be another one at the site's next run.
            lasting = frame::is_constant(fcinfo, n);
            let name = frame::argument(fcinfo, n)
                .and_then(|datum| String::from_datum(datum, false))
                .unwrap_or_default();
            if let Err(error) = require(present, &name) {
                return frame::raise(fcinfo, error);
            }
        }
        if wanted.whole && !present.whole.get() {
            return frame::raise(fcinfo, Error::Unreached);
        }
        frame::give(fcinfo, present.epoch.get(), lasting, || {
            result(fcinfo, wanted, present)
        })
    }
}

/// Refuses when the present context lacks a capability.
pub fn require(present: &Present, name: &str) -> Result<()> {
    let wanted = Capabilities::parse_names([name])?;
    if present.capabilities.get().contains(wanted) {
        return Ok(());
    }
    let missing = wanted.without(present.capabilities.get()).names();
    let missing = missing.first().copied().unwrap_or(name);
    Err(Error::MissingCapability(missing.to_owned()))
}

unsafe fn result(
    fcinfo: pg_sys::FunctionCallInfo,
    wanted: Wanted,
    present: &Present,
) -> Result<pg_sys::Datum> {
    if wanted.truth {
        return Ok(pg_sys::Datum::from(true));
    }
    let kind = if wanted.typed {
        // SAFETY: Postgres's own frame.
        unsafe { frame::argument_type(fcinfo, 0) }
    } else {
        pg_sys::UUIDOID
    };
    result_as(kind, present)
}

/// The bound tenant as that type.
fn result_as(wanted: pg_sys::Oid, present: &Present) -> Result<pg_sys::Datum> {
    let datum = match wanted {
        pg_sys::UUIDOID => pgrx::Uuid::from_bytes(present.tenant_id.get()).into_datum(),
        pg_sys::INT8OID => present.number.get().into_datum(),
        pg_sys::INT4OID => number_as_integer(present.number.get())?.into_datum(),
        pg_sys::TEXTOID => session::slug().into_datum(),
        _ => return Err(Error::UnsupportedTenantType),
    };
    Ok(datum.unwrap_or(pg_sys::Datum::null()))
}

/// A tenant's number, for an integer column.
pub fn number_as_integer(number: i64) -> Result<i32> {
    i32::try_from(number).map_err(|_| Error::NumberOutOfRange(number))
}

extension_sql!(
    r#"
CREATE FUNCTION tenancy.current_tenant() RETURNS uuid
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'tenancy_current_tenant';
CREATE FUNCTION tenancy.current_tenant(needs text) RETURNS uuid
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'tenancy_current_tenant';
CREATE FUNCTION tenancy.current_tenant_as(anyelement) RETURNS anyelement
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'tenancy_current_tenant_as';
CREATE FUNCTION tenancy.current_tenant_as(anyelement, needs text) RETURNS anyelement
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'tenancy_current_tenant_as';
CREATE FUNCTION tenancy.whole_tenant(needs text) RETURNS uuid
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'tenancy_whole_tenant';
CREATE FUNCTION tenancy.whole_tenant_as(anyelement, needs text) RETURNS anyelement
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'tenancy_whole_tenant_as';
CREATE FUNCTION tenancy.require_capability(capability text) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'tenancy_require_capability';
"#,
    name = "current_tenant",
    requires = ["tables"]
);

/// What is bound, as JSON.
#[pg_extern(stable, parallel_safe, requires = ["tables"])]
fn context() -> Report<Option<JsonB>> {
    let grants = sharing::grants()?;
    Ok(session::with_context(|view, tenant| {
        let mut value = view.to_json();
        if let Value::Object(members) = &mut value {
            members.insert("tenant_id".into(), tenant.id.to_string().into());
            members.insert("tenant".into(), tenant.slug.clone().into());
            members.insert("tenant_number".into(), tenant.number.into());
            members.insert("read_grants".into(), grants);
        }
        JsonB(value)
    })?)
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
fn has_role(role: &str) -> Report<bool> {
    Ok(session::with_context(|view, _| view.has_role(role))?.unwrap_or(false))
}

/// Whether the bound user has a claim, whatever its value.
#[pg_extern(stable, parallel_safe, requires = ["tables"])]
fn has_claim(claim: &str) -> Report<bool> {
    Ok(session::with_context(|view, _| view.has_claim(claim))?.unwrap_or(false))
}

/// Whether the bound user has a claim of that value.
#[pg_extern(stable, parallel_safe, name = "has_claim", requires = ["tables"])]
fn has_claim_value(claim: &str, value: &str) -> Report<bool> {
    let has = session::with_context(|view, _| view.has_claim_value(claim, value))?;
    Ok(has.unwrap_or(false))
}

/// Whether the bound credential has a capability.
#[pg_extern(stable, parallel_safe, requires = ["tables"])]
fn has_capability(capability: &str) -> Report<bool> {
    let wanted = Capabilities::parse_names([capability]).map_err(Error::from)?;
    let has = session::with_context(|view, _| view.capabilities().contains(wanted))?;
    Ok(has.unwrap_or(false))
}
