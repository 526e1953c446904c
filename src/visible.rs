//! The tests of policies of shared and granted tables, for every row: readable_tenants and row_visible.

use std::rc::Rc;

use pgrx::prelude::*;
use tenancy_core::stored_scope::StoredScope;

use crate::error::Result;
use crate::frame;
use crate::session::{self, Present};
use crate::sharing::{self, Name, Reach};

version_1!(tenancy_readable_tenants, pg_finfo_tenancy_readable_tenants);
version_1!(tenancy_row_visible, pg_finfo_tenancy_row_visible);

/// `tenancy.readable_tenants("table" regclass) RETURNS uuid[]` and `readable_tenants_as("table" regclass, anyelement)
/// RETURNS anyarray`
///
/// # Safety
/// Called by Postgres with a valid call frame.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn tenancy_readable_tenants(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame; this function answers by `frame::give`.
    unsafe {
        if let Some(present) = session::resolved()
            && let Some(result) = frame::given(fcinfo, present.epoch.get())
        {
            return result;
        }
        find_tenants(fcinfo)
    }
}

#[cold]
#[pg_guard]
unsafe extern "C-unwind" fn find_tenants(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame.
    unsafe {
        let (present, table) = match asked(fcinfo) {
            Ok(Some(asked)) => asked,
            Ok(None) => return frame::null(fcinfo),
            Err(error) => return frame::raise(fcinfo, error),
        };
        let wanted = if (*fcinfo).nargs > 1 {
            frame::argument_type(fcinfo, 1)
        } else {
            pg_sys::UUIDOID
        };
        let lasting = frame::is_constant(fcinfo, 0);
        frame::give(fcinfo, present.epoch.get(), lasting, || {
            sharing::tenants(present, table, wanted)
        })
    }
}

/// The present context and the table that is asked about; `None` when no tenant is bound or the table is NULL.
unsafe fn asked(
    fcinfo: pg_sys::FunctionCallInfo,
) -> Result<Option<(&'static Present, pg_sys::Oid)>> {
    // SAFETY: Postgres's own frame, of a function whose first argument is a regclass.
    let table = unsafe { frame::argument(fcinfo, 0) };
    let table = table.and_then(|table| u32::try_from(table.value()).ok());
    Ok(session::present()?.zip(table.map(pg_sys::Oid::from)))
}

/// What a call site of `row_visible` remembers, if its table is a constant. While the context is the same, `sharing` keeps
/// what `reach` points to.
#[derive(Clone, Copy)]
struct Rows {
    epoch: u64,
    /// The tenant column's type.
    kind: pg_sys::Oid,
    reach: *const Reach,
}

/// `tenancy.row_visible("table" regclass, tenant anyelement [, scope tenancy.scope]) RETURNS boolean`
///
/// # Safety
/// Called by Postgres with a valid call frame.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn tenancy_row_visible(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame; sites of this function remember Rows.
    unsafe {
        if let Some(present) = session::resolved()
            && let Some(site) = frame::remembered::<Rows>(fcinfo)
            && site.epoch == present.epoch.get()
            && let Some(visible) = visible(fcinfo, present, site, |v| frame::in_place(v))
        {
            return pg_sys::Datum::from(visible);
        }
        find_reach(fcinfo)
    }
}

/// The first call of a site under a context, NULL, and values that are compressed or stored elsewhere.
#[cold]
#[pg_guard]
unsafe extern "C-unwind" fn find_reach(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
    // SAFETY: Postgres's own frame.
    unsafe {
        let found = asked(fcinfo).and_then(|asked| match asked {
            Some((present, table)) => Ok(Some((present, sharing::reach(present, table)?))),
            None => Ok(None),
        });
        let (present, reach) = match found {
            Ok(Some(found)) => found,
            Ok(None) => return frame::null(fcinfo),
            Err(error) => return frame::raise(fcinfo, error),
        };
        let site = Rows {
            epoch: present.epoch.get(),
            kind: frame::argument_type(fcinfo, 1),
            reach: Rc::as_ptr(&reach),
        };
        if frame::is_constant(fcinfo, 0) {
            frame::remember(fcinfo, site);
        }
        match visible(fcinfo, present, &site, |value| Some(frame::bytes(value))) {
            Some(visible) => pg_sys::Datum::from(visible),
            None => frame::null(fcinfo),
        }
    }
}

/// Whether the row is read; `None` when an argument is NULL, or `bytes` cannot give what it holds.
#[inline]
unsafe fn visible<'a>(
    fcinfo: pg_sys::FunctionCallInfo,
    present: &Present,
    site: &Rows,
    bytes: impl Fn(pg_sys::Datum) -> Option<&'a [u8]>,
) -> Option<bool> {
    // SAFETY: Postgres's own frame, whose second argument is of the site's kind; the site is of the present context.
    unsafe {
        let tenant = frame::argument(fcinfo, 1)?;
        let name = match site.kind {
            pg_sys::UUIDOID => Name::Id(*tenant.cast_mut_ptr::<[u8; 16]>()),
            pg_sys::INT8OID => Name::Number(tenant.value() as i64),
            pg_sys::INT4OID => Name::Number(i64::from(tenant.value() as i32)),
            pg_sys::TEXTOID => Name::Slug(bytes(tenant)?),
            _ => return Some(false),
        };
        let row = if (*fcinfo).nargs > 2 {
            StoredScope::trusted(bytes(frame::argument(fcinfo, 2)?)?)
        } else {
            Some(StoredScope::EMPTY)
        };
        let reach = &*site.reach;
        let visible =
            row.and_then(|row| present.with_floor(|floor| reach.reads(floor, &name, row)));
        Some(visible.unwrap_or(false))
    }
}

extension_sql!(
    r#"
CREATE FUNCTION tenancy.readable_tenants("table" regclass) RETURNS uuid[]
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'tenancy_readable_tenants';
CREATE FUNCTION tenancy.readable_tenants_as("table" regclass, anyelement) RETURNS anyarray
    LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'tenancy_readable_tenants';
CREATE FUNCTION tenancy.row_visible("table" regclass, tenant anyelement) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'tenancy_row_visible';
CREATE FUNCTION tenancy.row_visible("table" regclass, tenant anyelement, scope tenancy.scope) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'tenancy_row_visible';
"#,
    name = "sharing",
    requires = ["tables"]
);
