//! Scopes in SQL: the domain's check, the comparison functions, and the tests of policies. They read jsonb where it lies.

use pgrx::AnyElement;
use pgrx::prelude::*;
use tenancy_core::scope::Scope;
use tenancy_core::stored_scope::{self, StoredScope};

use crate::error::{Error, Result};
use crate::session::{self, Present};
use crate::{frame, jsonb};

type Report<T> = std::result::Result<T, pgrx::pg_sys::panic::ErrorReport>;

version_1!(tenancy_check_scope, pg_finfo_tenancy_check_scope);
version_1!(tenancy_scope_covers, pg_finfo_tenancy_scope_covers);
version_1!(tenancy_scope_reached, pg_finfo_tenancy_scope_reached);
version_1!(tenancy_current_scope, pg_finfo_tenancy_current_scope);

/// `tenancy.check_scope(jsonb) RETURNS boolean`: true, or an error that says what is wrong.
///
/// # Safety
/// Called by Postgres with a valid call frame, and never with NULL.
#[unsafe(no_mangle)]
#[pg_guard]
pub unsafe extern "C-unwind" fn tenancy_check_scope(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame, of a strict function of a jsonb.
    unsafe {
        let Some(value) = frame::argument(fcinfo, 0) else {
            return frame::null(fcinfo);
        };
        match StoredScope::check(frame::bytes(value)) {
            Ok(_) => pg_sys::Datum::from(true),
            Err(error) => frame::raise(fcinfo, Error::NotAScope(error)),
        }
    }
}

/// `tenancy.scope_covers(floor tenancy.scope, scope tenancy.scope) RETURNS boolean`
///
/// # Safety
/// Called by Postgres with a valid call frame, and never with NULL.
#[unsafe(no_mangle)]
#[pg_guard]
pub unsafe extern "C-unwind" fn tenancy_scope_covers(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame, of a strict function of two jsonb.
    unsafe {
        let (Some(floor), Some(scope)) = (frame::argument(fcinfo, 0), frame::argument(fcinfo, 1))
        else {
            return frame::null(fcinfo);
        };
        let floor = StoredScope::trusted(frame::bytes(floor));
        let scope = StoredScope::trusted(frame::bytes(scope));
        let covers = floor.zip(scope).is_some_and(|(f, s)| f.covers(s));
        pg_sys::Datum::from(covers)
    }
}

/// `tenancy.scope_visible(scope tenancy.scope) RETURNS boolean`, and `scope_writable`: whether the bound floor covers it.
///
/// # Safety
/// Called by Postgres with a valid call frame.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn tenancy_scope_reached(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame, of a function of a jsonb.
    unsafe {
        if let Some(present) = session::resolved() {
            // No floor reaches everything but a row of no scope.
            if let Some(value) = frame::argument(fcinfo, 0)
                && let Some(scope) = frame::in_place(value)
            {
                return pg_sys::Datum::from(reached(present, scope));
            }
        }
        reached_otherwise(fcinfo)
    }
}

/// Unresolved contexts, NULL, and scopes that are compressed or stored elsewhere.
#[cold]
#[pg_guard]
unsafe extern "C-unwind" fn reached_otherwise(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame, of a function of a jsonb.
    unsafe {
        let present = match session::present() {
            Ok(Some(present)) => present,
            Ok(None) => return frame::null(fcinfo),
            Err(error) => return frame::raise(fcinfo, error),
        };
        match frame::argument(fcinfo, 0) {
            Some(value) => pg_sys::Datum::from(reached(present, frame::bytes(value))),
            None => frame::null(fcinfo),
        }
    }
}

#[inline]
fn reached(present: &Present, scope: &[u8]) -> bool {
    present.whole.get() || StoredScope::trusted(scope).is_some_and(|scope| present.reaches(scope))
}

/// `tenancy.current_scope() RETURNS tenancy.scope`
///
/// # Safety
/// Called by Postgres with a valid call frame.
#[unsafe(no_mangle)]
#[pg_guard]
pub unsafe extern "C-unwind" fn tenancy_current_scope(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame; the floor is one that the core stored.
    unsafe {
        match session::present() {
            Ok(Some(present)) => jsonb::datum(&present.floor()),
            Ok(None) => frame::null(fcinfo),
            Err(error) => frame::raise(fcinfo, error),
        }
    }
}

/// A scope given as an argument, parsed.
///
/// # Safety
/// The datum is a jsonb value.
unsafe fn parse(datum: pg_sys::Datum) -> Result<Scope> {
    // SAFETY: as the caller promises.
    unsafe { StoredScope::check(frame::bytes(datum)) }
        .and_then(StoredScope::to_scope)
        .map_err(Error::NotAScope)
}

/// A scope given as an optional argument; NULL is the whole tenant.
pub fn argument(argument: Option<AnyElement>) -> Result<Scope> {
    // SAFETY: the SQL declaration of every caller says tenancy.scope.
    argument.map_or(Ok(Scope::default()), |a| unsafe { parse(a.datum()) })
}

/// The least scope inside both.
#[pg_extern(
    immutable,
    strict,
    parallel_safe,
    requires = ["tables"],
    sql = "CREATE FUNCTION tenancy.scope_join(a tenancy.scope, b tenancy.scope) RETURNS tenancy.scope
           LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', '@FUNCTION_NAME@';"
)]
fn scope_join(a: AnyElement, b: AnyElement) -> Report<AnyElement> {
    let joined = argument(Some(a))?
        .join(&argument(Some(b))?)
        .map_err(Error::Scopes)?;
    // SAFETY: bytes that the core stored, as a datum of the declared type's base.
    let datum = unsafe {
        AnyElement::from_polymorphic_datum(
            jsonb::datum(&stored_scope::store(&joined)),
            false,
            pg_sys::JSONBOID,
        )
    };
    Ok(datum.ok_or(Error::NotInstalled)?)
}

extension_sql!(
    r#"
CREATE FUNCTION tenancy.scope_covers(floor tenancy.scope, scope tenancy.scope) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'tenancy_scope_covers';
CREATE FUNCTION tenancy.scope_visible(scope tenancy.scope) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'tenancy_scope_reached';
CREATE FUNCTION tenancy.scope_writable(scope tenancy.scope) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'tenancy_scope_reached';
CREATE FUNCTION tenancy.current_scope() RETURNS tenancy.scope
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'tenancy_current_scope';
"#,
    name = "scope",
    requires = ["tables"]
);
